"""Settling: what a long journey's oldest events add up to is kept, before their rows expire."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from tracking.domain.corrections import find_withdrawn
from tracking.domain.events import TrackingEvent
from tracking.domain.fold import find_owner, sort, walk
from tracking.domain.shipment import ShipmentState, Snapshot


def make_snapshot(
    state: ShipmentState, timeline: Sequence[TrackingEvent], before: datetime
) -> Snapshot | None:
    """The base with all events that happened before a moment; None where there is nothing to add to it.

    `timeline` must be whole from the state's base on: later events may correct earlier ones.
    """
    start = state.base.state if state.base else ShipmentState(shipment_id=state.shipment_id)
    later = [event for event in sort(timeline) if event.order > start.last_order]
    old = [event for event in later if event.occurred_at < before]
    if not old:
        return None
    steps = zip(old, walk(start, later), strict=False)
    settled = [step.after for _, step in steps][-1]
    withdrawn = find_withdrawn(start.withdrawn, old, find_owner(start, later))
    known = [(state.base.recorded_at, state.base.expires_at)] if state.base else []
    known += [(event.recorded_at or event.received_at, event.expires_at) for event in old]
    return Snapshot(
        state=msgspec.structs.replace(settled, withdrawn=withdrawn),
        recorded_at=max(recorded_at for recorded_at, _ in known),
        expires_at=min(expires_at for _, expires_at in known),
    )
