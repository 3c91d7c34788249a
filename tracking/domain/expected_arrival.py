"""Effect of an event on the expected arrival: the open leg, the window, the lateness."""

from datetime import datetime, timedelta

import msgspec

from tracking.domain import delay as lateness
from tracking.domain.delay import Delay
from tracking.domain.distance import distance_km, free_flow_minutes
from tracking.domain.events import Eta, TrackingEvent, Window
from tracking.domain.legs import FirstEstimate
from tracking.domain.reasons import RIDE_KINDS, STALL_REASONS
from tracking.domain.route import AT_THE_RECIPIENT, DEPARTURES, apply_route
from tracking.domain.shipment import ShipmentState
from tracking.domain.shown_window import hold_window
from tracking.domain.status import DELAYED_WORD, END_STATUSES, Direction, Status

# Statuses in which a delivery has been attempted or the parcel waits to be collected.
ATTEMPTED = AT_THE_RECIPIENT | {Status.AVAILABLE_FOR_PICKUP}

# People are notified of a new window if the one they are shown has changed. A window that was recorded before
# there were shown ones must have moved by more than this and this share of what remains, or moved across the
# promise ...
NOTIFY_MIN_SHIFT = timedelta(minutes=5)
NOTIFY_MIN_SHARE = 0.05
# ... at most once within this time.
NOTIFY_EVERY = timedelta(minutes=15)


def apply_arrival(state: ShipmentState, event: TrackingEvent) -> ShipmentState:
    """Return the state with leg, stay, lateness and window after an applied event.

    `state` already has the event's status and order. The window stays as it is once the shipment has ended.
    """
    open_leg, hub_stay = apply_route(state, event)
    moved: dict[str, object] = {"open_leg": open_leg, "hub_stay": hub_stay}
    moved["delay"] = _update_delay(state, event)
    moved["is_stalled"] = event.clock_kind is not None and (
        state.is_stalled or event.clock_kind in STALL_REASONS
    )
    if event.eta is not None and state.status not in END_STATUSES:
        eta = _hold_shown(state.eta, event.eta, event.occurred_at)
        moved |= {"eta": eta, "eta_order": state.last_order}
        if state.eta is None and state.first_estimate is None:
            moved["first_estimate"] = make_first_estimate(state, eta, event.occurred_at)
        if is_worth_notifying(state.eta_notified, state.eta_notified_at, eta, state.promised):
            moved |= {"eta_notified": eta, "eta_notified_at": event.occurred_at}
    elif event.booking is not None and event.booking.deliver_from is not None:
        # Without a forecast the window before the agreed day is wrong, and the promise says the day.
        moved["eta"] = None
    moved = {name: value for name, value in moved.items() if value is not getattr(state, name)}
    return msgspec.structs.replace(state, **moved) if moved else state


def _hold_shown(before: Eta | None, new: Eta, at: datetime) -> Eta:
    """Return the new window with the one that people see, which changes more rarely than the prediction."""
    shown = hold_window(before.shown if before else None, new.shown, at)
    return new if shown is new.shown else msgspec.structs.replace(new, shown=shown)


def make_first_estimate(state: ShipmentState, eta: Eta, at: datetime) -> FirstEstimate:
    """Return the window as the first one of the shipment, whose event happened at `at`."""
    lane_min = 0.0
    if state.lane is not None:
        origin, destination = state.lane.origin, state.lane.destination
        km = distance_km(origin.lat, origin.lon, destination.lat, destination.lon)
        lane_min = round(free_flow_minutes(km), 1)
    promised_to = state.promised.to if state.promised else None
    return FirstEstimate(
        from_=eta.from_,
        at=eta.at,
        to=eta.to,
        as_of=eta.as_of or at,
        promised_to=promised_to,
        lane_min=lane_min,
    )


def _update_delay(state: ShipmentState, event: TrackingEvent) -> Delay:
    """Return the delay after an event; a bare ping without a window leaves it as it is.

    A late ping joins the timeline without a new fold, so a ping must not change the delay by its time alone.
    """
    delay = state.delay
    if event.reported_status == DELAYED_WORD and state.status not in END_STATUSES:
        delay = lateness.report_delay(delay, event.occurred_at)
    is_evidence = event.eta is not None or event.lateness_risk is not None or event.status is not None
    promise = event.booking if event.booking is not None and event.booking.promised is not None else None
    if state.promised is None or state.direction is Direction.RETURN or not (is_evidence or promise):
        return delay
    if state.status in END_STATUSES and state.status is not Status.DELIVERED:
        return delay
    evidence = lateness.gather_evidence(
        state.promised.to,
        event.occurred_at,
        event.eta,
        event.lateness_risk,
        is_attempted=not ATTEMPTED.isdisjoint(state.reached),
        is_departure=event.substatus in DEPARTURES,
        is_clock_event=event.clock_kind is not None and event.clock_kind not in RIDE_KINDS,
    )
    if promise is not None:
        delay = lateness.accept_promise(delay, evidence, is_agreed=promise.deliver_from is not None)
    return lateness.evaluate_delay(delay, evidence)


def is_worth_notifying(last: Eta | None, last_at: datetime | None, eta: Eta, promised: Window | None) -> bool:
    """Return whether a window differs enough from `last`, of which people were notified at `last_at`."""
    if last is None or last_at is None or eta.as_of is None:
        return True
    if eta.as_of - last_at < NOTIFY_EVERY:
        return False
    if last.shown is not None and eta.shown is not None:
        return hold_window(last.shown, eta.shown, eta.as_of) is not last.shown
    moved = abs(eta.at - last.at)
    crosses = promised is not None and (last.to <= promised.to) is not (eta.to <= promised.to)
    return crosses or moved > max(NOTIFY_MIN_SHIFT, (eta.at - eta.as_of) * NOTIFY_MIN_SHARE)
