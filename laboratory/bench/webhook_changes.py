"""Changes of one delivered parcel, for bench webhooks: as many as are wanted, each with its own id."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec

from tracking.domain.events import Change, TrackingEvent
from tracking.domain.identity import make_sort_key
from tracking.domain.status import Status
from tracking.ports import ShipmentStore
from workers.line.record import record_events

SHIPMENT_ID = "BENCH-PARCEL"
KEPT_FOR = timedelta(days=400)


def record_parcel(store: ShipmentStore, now: datetime) -> Callable[[str, str, float], Change]:
    """Record a delivered parcel; return how a change of it is made.

    It takes the change's id, its partner's, and the time at which it was recorded.
    """
    event = TrackingEvent(
        event_id="delivered",
        sort_key=make_sort_key(now, "delivered"),
        shipment_id=SHIPMENT_ID,
        occurred_at=now,
        received_at=now,
        status=Status.DELIVERED,
        expires_at=int((now + KEPT_FOR).timestamp()),
    )
    change = record_events(store, store.read_states([SHIPMENT_ID]), [event], now).changes[0]

    def make(change_id: str, partner_id: str, recorded_at: float) -> Change:
        at = datetime.fromtimestamp(recorded_at, UTC)
        return msgspec.structs.replace(
            change, change_id=f"chg_{change_id}", partner_id=partner_id, recorded_at=at
        )

    return make
