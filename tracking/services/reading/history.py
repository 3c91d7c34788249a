"""History: what the answer was at a moment, and why each event did or did not count."""

from datetime import datetime

from tracking.domain.events import TrackingEvent
from tracking.domain.explain import Explained, explain
from tracking.domain.fold import fold
from tracking.domain.shipment import ShipmentState
from tracking.ports import ports
from tracking.services.requests.refusals import TooOldError


def read_as_of(shipment_id: str, as_of: datetime, now: datetime) -> ShipmentState | None:
    """The state as the events recorded by `as_of` add up to; None when there were none.

    Corrections made later do not count yet. Versions are not kept, so the state's `state_version` is 0.
    Raises `TooOldError` where events of that time have expired, `TransientError` when the store cannot be
    reached.
    """
    store = ports().store
    state = store.read_state(shipment_id)
    start = _find_start(state, shipment_id, as_of, now)
    known = [
        event
        for event in store.read_timeline(shipment_id)
        if event.recorded_at is not None and event.recorded_at <= as_of
    ]
    later = [event for event in known if event.order > start.last_order]
    return fold(start, later).state if later or start.last_order else None


def explain_shipment(shipment_id: str) -> list[Explained]:
    """Each event of the shipment, oldest first, with its verdict and its rule; empty for an unknown one.

    Raises `TransientError` when the store cannot be reached.
    """
    store = ports().store
    return explain(store.read_state(shipment_id), store.read_timeline(shipment_id))


def read_events(shipment_id: str, *, include_rejected: bool = False) -> list[TrackingEvent]:
    """The events of the shipment, oldest first; those that did not apply only when asked for."""
    events = ports().store.read_timeline(shipment_id)
    return [event for event in events if event.applied or include_rejected]


def _find_start(
    state: ShipmentState | None, shipment_id: str, as_of: datetime, now: datetime
) -> ShipmentState:
    """What to fold on: the snapshot if it was recorded by then, nothing as long as no row is missing."""
    nothing = ShipmentState(shipment_id=shipment_id)
    if state is None or state.snapshot is None:
        return nothing
    if state.snapshot.recorded_at <= as_of:
        return state.snapshot.state
    if state.snapshot.expires_at <= now.timestamp():
        raise TooOldError
    return nothing
