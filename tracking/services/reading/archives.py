"""Archive of ended shipments: the state and all events of each as NDJSON, sealed, in the bucket for years."""

import zlib
from typing import NamedTuple

import msgspec
from django.core.files.storage import default_storage

from tracking.domain.compatibility import complete_event
from tracking.domain.events import TrackingEvent
from tracking.domain.shipment import ShipmentState
from tracking.sealing import seal_for_us, unseal_for_us

_encode = msgspec.json.Encoder().encode
_decode_state = msgspec.json.Decoder(ShipmentState).decode
_decode_event = msgspec.json.Decoder(TrackingEvent).decode


class ArchivedShipment(NamedTuple):
    """State of a shipment after its end, and its events, oldest first."""

    state: ShipmentState
    events: tuple[TrackingEvent, ...]


def name_archive(shipment_id: str, year: int) -> str:
    """Return the name of the file of a shipment that ended in this year."""
    return f"archive/{year}/{shipment_id}.ndjson.sealed"


def write_lines(shipment: ArchivedShipment) -> bytes:
    """Return the shipment as sealed lines of JSON: its state, then its events."""
    lines = b"\n".join(_encode(entry) for entry in (shipment.state, *shipment.events))
    return seal_for_us(zlib.compress(lines))


def read_lines(sealed: bytes) -> ArchivedShipment:
    """Return the shipment in sealed lines. Raises `SealedError` for damaged ones or those of a lost key."""
    state, *events = zlib.decompress(unseal_for_us(sealed)).split(b"\n")
    return ArchivedShipment(
        _decode_state(state), tuple(complete_event(_decode_event(line)) for line in events)
    )


def read_archive(shipment_id: str, year: int) -> ArchivedShipment | None:
    """Return an archived shipment; None if there is no such file.

    Raises `SealedError`, and `TransientError` when the files cannot be reached.
    """
    try:
        with default_storage.open(name_archive(shipment_id, year)) as file:
            return read_lines(file.read())
    except FileNotFoundError:
        return None
