"""Memory of a track between two of its fixes, and its text form inside a state."""

import msgspec

from tracking.domain.geofence import GeofenceMemory
from tracking.domain.position import FixMemory


class TrackMemory(msgspec.Struct, frozen=True, array_like=True):
    """Data about earlier fixes that cleaning and geofencing continue from."""

    fixes: FixMemory = FixMemory()
    fences: GeofenceMemory = GeofenceMemory()


_EMPTY = TrackMemory()
_decode = msgspec.json.Decoder(TrackMemory).decode
_encode = msgspec.json.Encoder().encode


def read_memory(text: str) -> TrackMemory:
    """Return the memory from its text; an empty one for an empty text or one of another version."""
    if not text:
        return _EMPTY
    try:
        return _decode(text)
    except msgspec.DecodeError:
        # Only the last few minutes are lost: the next fix starts a new track.
        return _EMPTY


def write_memory(memory: TrackMemory) -> str:
    """Return the memory as one short text, which a state holds as one attribute."""
    return _encode(memory).decode()
