"""What an event says of the arrival: the window it carries, and whether that is late."""

import msgspec

from tracking.domain import delay as lateness
from tracking.domain.events import TrackingEvent
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import DELAYED_WORD, END_STATUSES


def take_arrival(state: ShipmentState, event: TrackingEvent) -> ShipmentState:
    """The state after what an event that counts says of the arrival; frozen once the shipment has ended.

    The fold calls it last, so `state` already stands where the event has brought it.
    """
    if state.status in END_STATUSES:
        return state
    delay = state.delay
    if event.reported_status == DELAYED_WORD:
        delay = lateness.report(delay, event.occurred_at)
    if event.eta is None:
        return state if delay is state.delay else msgspec.structs.replace(state, delay=delay)
    delay = lateness.judge(delay, event.eta, state.promised, event.occurred_at)
    return msgspec.structs.replace(state, eta=event.eta, eta_order=event.order, delay=delay)
