"""Snapshots: the state over a long journey's oldest events is kept before their rows expire."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from tracking.domain.corrections import find_withdrawn
from tracking.domain.events import TrackingEvent
from tracking.domain.fold import find_owner, iterate_steps, sort_events
from tracking.domain.shipment import ShipmentState, Snapshot


def make_snapshot(
    state: ShipmentState, timeline: Sequence[TrackingEvent], before: datetime
) -> Snapshot | None:
    """Return the snapshot over all events that happened before a moment; None if it would add no event.

    `timeline` must be complete from the state's present snapshot on: later events may correct earlier ones.
    """
    present = state.snapshot
    start = present.state if present else ShipmentState(shipment_id=state.shipment_id)
    later = [event for event in sort_events(timeline) if event.order > start.last_order]
    old = [event for event in later if event.occurred_at < before]
    if not old:
        return None
    steps = zip(old, iterate_steps(start, later), strict=False)
    folded = [step.after for _, step in steps][-1]
    withdrawn = find_withdrawn(start.withdrawn, old, find_owner(start, later))
    times = [(present.recorded_at, present.expires_at)] if present else []
    times += [(event.recorded_at or event.received_at, event.expires_at) for event in old]
    return Snapshot(
        state=msgspec.structs.replace(folded, withdrawn=withdrawn),
        recorded_at=max(recorded_at for recorded_at, _ in times),
        expires_at=min(expires_at for _, expires_at in times),
    )
