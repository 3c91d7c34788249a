"""Arriving: the van is near the parcel's stop, which is recorded once for each delivery attempt."""

from datetime import datetime, timedelta
from typing import Final

from tracking.domain.events import Eta, TrackingEvent
from tracking.domain.journey import append_step
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Direction, Status
from tracking.domain.tour import Tour

NEAR_STOPS = 5
NEAR_TIME = timedelta(minutes=15)
# Substatuses of a parcel whose van is near, and of one whose van stands at its stop.
ARRIVING: Final = "arriving"
ARRIVED: Final = "arrived"
AT_ITS_STOP = frozenset({ARRIVING, ARRIVED})


def may_arrive(state: ShipmentState, at: datetime) -> bool:
    """Return whether the parcel is out for delivery, and nothing has said since that its van is near.

    Before the day that the recipient agreed to, the van does not come with it.
    """
    if state.is_before_its_day(at):
        return False
    if state.status is not Status.OUT_FOR_DELIVERY or state.direction is not Direction.FORWARD:
        return False
    # A parcel that goes back to the hub and out again has a new `status_at`, and older steps do not count.
    return state.substatus not in AT_ITS_STOP and not any(
        step.substatus in AT_ITS_STOP and state.status_at is not None and step.occurred_at >= state.status_at
        for step in state.journey
    )


def apply_arriving(state: ShipmentState, event: TrackingEvent) -> dict[str, object]:
    """Return the fields that an event of the kind `arriving` moves; none if nothing is new."""
    if event.clock_kind != ARRIVING or event.status is not None or not may_arrive(state, event.occurred_at):
        return {}
    return {
        "substatus": ARRIVING,
        "journey": append_step(state.journey, event, state.status, ARRIVING),
    }


def is_near(eta: Eta | None, tour: Tour | None, at: datetime) -> bool:
    """Return whether at most 5 stops of a counted tour lie ahead, or 15 minutes by the window, at `at`.

    Stops that were counted at loading do not count: nobody knows how many of them are done.
    """
    if tour is not None and not tour.is_as_loaded and tour.stops_ahead <= NEAR_STOPS:
        return True
    return eta is not None and eta.at - at <= NEAR_TIME
