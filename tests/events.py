"""Events for tests: short to write, complete in every field that matters."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tracking.domain.events import TrackingEvent
from tracking.domain.identity import make_sort_key
from tracking.domain.status import Status

START = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    """An instant some minutes after the start of every test's story."""
    return START + timedelta(minutes=minutes)


def make_event(minutes: float, event_id: str = "", **fields: Any) -> TrackingEvent:
    """An event of shipment 123, `minutes` into the story; the id is made from the time unless given."""
    moment = at(minutes)
    event_id = event_id or f"e{round(minutes * 1000)}"
    fields = {
        "shipment_id": "123",
        "received_at": moment + timedelta(milliseconds=40),
        "expires_at": int((moment + timedelta(days=3650)).timestamp()),
    } | fields
    if isinstance(fields.get("status"), str):
        fields["status"] = Status(fields["status"])
    return TrackingEvent(
        event_id=event_id, sort_key=make_sort_key(moment, event_id), occurred_at=moment, **fields
    )
