"""History of a shipment: its state at a past moment, its events, and the verdict on each event."""

from collections.abc import Sequence
from datetime import datetime

from tracking.domain.events import TrackingEvent
from tracking.domain.explain import Explained, explain
from tracking.domain.fold import fold
from tracking.domain.shipment import ShipmentState
from tracking.ports import ShipmentStore
from tracking.services.requests.refusals import TooOldError


def read_as_of(
    store: ShipmentStore, shipment_id: str, as_of: datetime, now: datetime
) -> ShipmentState | None:
    """Return the state from the events recorded up to `as_of`, None when there were none.

    Later corrections are not applied. Versions are not stored, so the state's `state_version` is 0.
    Raises `TooOldError` when events of that time have expired, and `TransientError` when the store cannot be
    reached.
    """
    state = store.read_state(shipment_id)
    start = _find_start(state, shipment_id, as_of, now)
    return _fold_recorded(start, store.read_timeline(shipment_id), as_of)


def fold_as_of(
    state: ShipmentState, events: Sequence[TrackingEvent], as_of: datetime
) -> ShipmentState | None:
    """Return the same of a shipment whose events are all at hand, as in the archive: `state` is its last one.

    Raises `TooOldError` when events of that time had expired before the shipment was archived.
    """
    if state.snapshot is None:
        return _fold_recorded(ShipmentState(shipment_id=state.shipment_id), events, as_of)
    if state.snapshot.recorded_at > as_of:
        raise TooOldError
    return _fold_recorded(state.snapshot.state, events, as_of)


def _fold_recorded(
    start: ShipmentState, events: Sequence[TrackingEvent], as_of: datetime
) -> ShipmentState | None:
    recorded = [event for event in events if event.recorded_at is not None and event.recorded_at <= as_of]
    later = [event for event in recorded if event.order > start.last_order]
    return fold(start, later).state if later or start.last_order else None


def explain_shipment(store: ShipmentStore, shipment_id: str) -> list[Explained]:
    """Return each event of the shipment, oldest first, with its verdict and rule; [] for an unknown shipment.

    Raises `TransientError` when the store cannot be reached.
    """
    return explain(store.read_state(shipment_id), store.read_timeline(shipment_id))


def read_events(
    store: ShipmentStore, shipment_id: str, *, include_rejected: bool = False
) -> list[TrackingEvent]:
    """Return the events of the shipment, oldest first; rejected ones only with `include_rejected`."""
    events = store.read_timeline(shipment_id)
    return [event for event in events if event.applied or include_rejected]


def _find_start(
    state: ShipmentState | None, shipment_id: str, as_of: datetime, now: datetime
) -> ShipmentState:
    """Return the state to start from: the snapshot if it was recorded by `as_of`, else an empty state.

    Raises `TooOldError` when rows that went into the snapshot have expired.
    """
    empty = ShipmentState(shipment_id=shipment_id)
    if state is None or state.snapshot is None:
        return empty
    if state.snapshot.recorded_at <= as_of:
        return state.snapshot.state
    if state.snapshot.expires_at <= now.timestamp():
        raise TooOldError
    return empty
