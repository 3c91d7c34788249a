"""Short builders of complete events for tests."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tracking.domain.events import TrackingEvent, VehicleFix
from tracking.domain.identity import make_sort_key
from tracking.domain.status import Status

START = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)


def at(minutes: float) -> datetime:
    """Return the moment so many minutes after the start time of the tests."""
    return START + timedelta(minutes=minutes)


def make_event(minutes: float, event_id: str = "", **fields: Any) -> TrackingEvent:
    """Build an event of shipment 123, `minutes` after the start; its id is made from the time by default."""
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


def make_fix(minutes: float, vehicle_id: str, event_id: str = "", **fields: Any) -> VehicleFix:
    """Build a position of a vehicle whose report names no shipment, `minutes` after the start."""
    moment = at(minutes)
    event_id = event_id or f"e{round(minutes * 1000)}"
    fields = {
        "received_at": moment + timedelta(milliseconds=40),
        "expires_at": int((moment + timedelta(days=3650)).timestamp()),
    } | fields
    return VehicleFix(
        event_id=event_id,
        sort_key=make_sort_key(moment, event_id),
        occurred_at=moment,
        vehicle_id=vehicle_id,
        **fields,
    )
