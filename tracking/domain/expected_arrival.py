"""What an event says of the arrival: the leg it opens or ends, the window it carries, if it is late."""

from datetime import datetime, timedelta

import msgspec

from tracking.domain import delay as lateness
from tracking.domain.delay import Delay
from tracking.domain.events import Eta, TrackingEvent, Window
from tracking.domain.reasons import STALL_REASONS
from tracking.domain.route import AT_THE_DOOR, DEPARTURES, take_route
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import DELAYED_WORD, END_STATUSES, Leg, Status

# Whoever has come so far has been tried to be reached.
ATTEMPTED = AT_THE_DOOR | {Status.AVAILABLE_FOR_PICKUP}

# A new middle is told when it has moved by this much, or by this share of what remains ...
TOLD_FROM, TOLD_SHARE = timedelta(minutes=5), 0.05
# ... and not again within this time.
TOLD_EVERY = timedelta(minutes=15)


def take_arrival(state: ShipmentState, event: TrackingEvent) -> ShipmentState:
    """The state after what an event that counts says of the arrival; the window is frozen once it has ended.

    The fold calls it last, so `state` already stands where the event has brought it.
    """
    open_leg, hub_stay = take_route(state, event)
    moved: dict[str, object] = {"open_leg": open_leg, "hub_stay": hub_stay}
    moved["delay"] = _judge(state, event)
    moved["is_stalled"] = is_by_clock(event) and (state.is_stalled or event.clock_kind in STALL_REASONS)
    if event.eta is not None and state.status not in END_STATUSES:
        moved |= {"eta": event.eta, "eta_order": event.order}
        if is_worth_telling(state.eta_told, state.eta_told_at, event.eta, state.promised):
            moved |= {"eta_told": event.eta, "eta_told_at": event.occurred_at}
    moved = {name: value for name, value in moved.items() if value is not getattr(state, name)}
    return msgspec.structs.replace(state, **moved) if moved else state


def is_by_clock(event: TrackingEvent) -> bool:
    """Return whether a role of ours derived the event; such an event is no news of the parcel itself."""
    return event.clock_kind is not None


def _judge(state: ShipmentState, event: TrackingEvent) -> Delay:
    """The delay after an event; a bare ping without a window says nothing of it.

    A late ping joins the timeline without a new fold, so what is made of a ping may not depend on its time.
    """
    delay = state.delay
    if event.reported_status == DELAYED_WORD and state.status not in END_STATUSES:
        delay = lateness.report(delay, event.occurred_at)
    says = event.eta is not None or event.lateness_risk is not None or event.status is not None
    if state.promised is None or state.leg is Leg.RETURN or not says:
        return delay
    if state.status in END_STATUSES and state.status is not Status.DELIVERED:
        return delay
    evidence = lateness.gather(state.promised.to, event.occurred_at, event.eta, event.lateness_risk)
    return lateness.judge(
        delay,
        evidence._replace(
            attempted=any(status.value in state.reached for status in ATTEMPTED),
            departs=event.substatus in DEPARTURES,
            clock=is_by_clock(event) and event.clock_kind != "eta",
        ),
    )


def is_worth_telling(told: Eta | None, told_at: datetime | None, eta: Eta, promised: Window | None) -> bool:
    """Whether a window differs enough from the one told last, at `told_at`, to be told."""
    if told is None or told_at is None or eta.as_of is None:
        return True
    if eta.as_of - told_at < TOLD_EVERY:
        return False
    moved = abs(eta.at - told.at)
    crosses = promised is not None and (told.to <= promised.to) is not (eta.to <= promised.to)
    return crosses or moved > max(TOLD_FROM, (eta.at - eta.as_of) * TOLD_SHARE)
