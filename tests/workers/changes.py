"""Changes for tests."""

from typing import Any

from tests.events import at
from tracking.domain.events import Change, Facts
from tracking.domain.identity import make_sort_key
from tracking.domain.status import Status


def make_change(number: int, **fields: Any) -> Change:
    """Return a change with this number in its ids: shipment 123 is in transit."""
    return Change(
        **{
            "change_id": f"chg_{number}",
            "type": "status_changed",
            "shipment_id": "123",
            "event_id": f"e{number}",
            "sort_key": make_sort_key(at(number), f"e{number}"),
            "before": Facts(status=Status.CREATED),
            "after": Facts(status=Status.IN_TRANSIT),
            "why": "in_transit",
            "occurred_at": at(number),
            "received_at": at(number + 0.01),
            "recorded_at": at(number + 0.02),
            "state_version": number + 1,
        }
        | fields
    )
