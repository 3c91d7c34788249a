"""Snapshots: the state over a long journey's oldest events is kept before their rows expire."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from tracking.domain.corrections import find_withdrawn
from tracking.domain.events import TrackingEvent
from tracking.domain.fold import find_owner, iterate_steps, sort_events
from tracking.domain.shipment import ShipmentState, Snapshot


def make_snapshot(
    state: ShipmentState, timeline: Sequence[TrackingEvent], until: datetime
) -> Snapshot | None:
    """Return the snapshot over all events that happened before `until`; None if it would add no event.

    `timeline` must be complete from the state's snapshot on: later events may correct earlier ones.
    """
    old_snapshot = state.snapshot
    start = old_snapshot.state if old_snapshot else ShipmentState(shipment_id=state.shipment_id)
    unfolded = [event for event in sort_events(timeline) if event.order > start.last_order]
    expiring = [event for event in unfolded if event.occurred_at < until]
    if not expiring:
        return None
    # `expiring` is the beginning of `unfolded`, so zip ends after its last event.
    steps = zip(expiring, iterate_steps(start, unfolded), strict=False)
    folded = [step.after for _, step in steps][-1]
    withdrawn = find_withdrawn(start.withdrawn, expiring, find_owner(start, unfolded))
    times = [(old_snapshot.recorded_at, old_snapshot.expires_at)] if old_snapshot else []
    times += [(event.recorded_at or event.received_at, event.expires_at) for event in expiring]
    return Snapshot(
        state=msgspec.structs.replace(folded, withdrawn=withdrawn),
        recorded_at=max(recorded_at for recorded_at, _ in times),
        expires_at=min(expires_at for _, expires_at in times),
    )
