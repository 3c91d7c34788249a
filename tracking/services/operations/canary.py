"""Put a canary on the stream: a shipment that nobody has sent, whose changes go through every rule."""

from datetime import datetime, timedelta

from tracking.domain.canary import CANARY_PREFIX
from tracking.domain.events import Booking, HubPoint, Lane, format_time
from tracking.domain.payload import ScanPayload
from tracking.domain.status import Status
from tracking.ports import EventStream
from tracking.services.recording.stream_records import put_records

# Each rule with a queue takes some of these changes: those to a recipient, those into trouble and out of it,
# and the ends of legs, of which the second attempt has one too.
JOURNEY = (
    Status.PICKED_UP,
    Status.OUT_FOR_DELIVERY,
    Status.ATTEMPT_FAILED,
    Status.OUT_FOR_DELIVERY,
    Status.DELIVERED,
)
STEP = timedelta(seconds=1)
# A leg is finished only if it has begun at a hub, so the canary has a lane, whose hubs no network has.
_LANE = Lane(
    HubPoint(f"{CANARY_PREFIX}a", "Canary A", 12.97, 77.59),
    HubPoint(f"{CANARY_PREFIX}b", "Canary B", 13.0, 77.6),
)


def put_canary(stream: EventStream, now: datetime) -> None:
    """Put the whole journey of the canary of this minute on the stream, one second between its scans.

    Each minute has a canary of its own: its state stays small, and canaries are spread over the shards. Safe
    to repeat: the events have the same ids. Raises `StreamRefusedError` when a record is not accepted.
    """
    put_records(stream, make_journey(now))


def make_journey(now: datetime) -> list[ScanPayload]:
    """Return the reports of the canary of this minute; the last happens now."""
    return [
        ScanPayload(
            shipment_id=f"{CANARY_PREFIX}{now:%Y%m%dT%H%M}",
            event_id=f"canary-{number}",
            status=status,
            timestamp=format_time(now - STEP * (len(JOURNEY) - number)),
            source="system",
            actor="canary",
            booking=Booking(lane=_LANE) if number == 1 else None,
        )
        for number, status in enumerate(JOURNEY, start=1)
    ]
