"""What is remembered of a track between two of its fixes, and how that is written into a state."""

import msgspec

from tracking.domain.geofence import GeofenceMemory
from tracking.domain.position import FixMemory


class TrackMemory(msgspec.Struct, frozen=True, array_like=True):
    """What cleaning and geofences have to know of the fixes before."""

    fixes: FixMemory = FixMemory()
    fences: GeofenceMemory = GeofenceMemory()


_NOTHING = TrackMemory()
_decode = msgspec.json.Decoder(TrackMemory).decode
_encode = msgspec.json.Encoder().encode


def read_memory(text: str) -> TrackMemory:
    """The memory that was written; an empty one for no text, and for one of another version of ours."""
    if not text:
        return _NOTHING
    try:
        return _decode(text)
    except msgspec.DecodeError:
        # It is only the last few minutes: the next fix starts anew.
        return _NOTHING


def write_memory(memory: TrackMemory) -> str:
    """The memory as one short text, so that a state holds it as one attribute."""
    return _encode(memory).decode()
