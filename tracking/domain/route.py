"""Route of a shipment, read from its scans: hubs it is at, legs that open and end."""

from datetime import datetime

import msgspec

from tracking.domain.distance import distance_km, free_flow_minutes
from tracking.domain.events import HubPoint, Scan, TrackingEvent
from tracking.domain.legs import RECIPIENT, FinishedLeg, HubStay, OpenLeg, finish_leg
from tracking.domain.position import SKEW_530
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import END_STATUSES, Direction, Status, read_in_direction

DEPARTURES = frozenset({"departed_origin", "departed_hub"})
ARRIVALS = frozenset({"arrived_hub", "arrived_destination_hub"})
# Statuses that end the last mile.
AT_THE_RECIPIENT = frozenset({Status.DELIVERED, Status.ATTEMPT_FAILED})
# Statuses of which the first shows when a parcel could be had, in time or late.
FIRST_ATTEMPTS = AT_THE_RECIPIENT | {Status.AVAILABLE_FOR_PICKUP}
# Clock flags with which the end of a leg is too uncertain to learn from.
SKEWED = frozenset({SKEW_530, "skew_late"})


def find_hub(state: ShipmentState, scan: Scan, hub_id: str | None) -> str | None:
    """Return the hub of a scan: `hub_id`, else by its substatus, else that of the stay; None if unknown."""
    if hub_id is not None:
        return hub_id
    lane = state.lane
    if lane is not None and scan.substatus == "departed_origin":
        return lane.origin.hub_id
    if lane is not None and scan.substatus == "arrived_destination_hub":
        return lane.destination.hub_id
    at_hub = scan.substatus == "departed_hub" or scan.status is Status.OUT_FOR_DELIVERY
    if at_hub and state.hub_stay is not None:
        return state.hub_stay.hub_id
    return lane.destination.hub_id if lane is not None and scan.status is Status.OUT_FOR_DELIVERY else None


def find_next_hub(state: ShipmentState) -> HubPoint | None:
    """Return the hub the parcel travels to: the lane's destination, or its origin on the way back."""
    if state.lane is None:
        return None
    return state.lane.origin if state.direction is Direction.RETURN else state.lane.destination


def opens_leg(scan: Scan) -> bool:
    """Return whether the scan opens a leg."""
    return scan.substatus in DEPARTURES or (
        scan.status is Status.OUT_FOR_DELIVERY and scan.substatus in (None, "loaded")
    )


def ends_leg(scan: Scan) -> bool:
    """Return whether the scan ends the open leg."""
    return (
        scan.substatus in ARRIVALS
        or scan.status in AT_THE_RECIPIENT
        or scan.status in END_STATUSES
        or scan.status is Status.AVAILABLE_FOR_PICKUP
    )


def apply_route(state: ShipmentState, event: TrackingEvent) -> tuple[OpenLeg | None, HubStay | None]:
    """Return the open leg and the stay at a hub after the event, whose status `state` already has."""
    if state.status in END_STATUSES:
        return None, None
    is_applied = (
        event.status is None or read_in_direction(event.status, None, state.direction)[0] is state.status
    )
    if not is_applied:
        return state.open_leg, state.hub_stay
    if ends_leg(event):
        hub_id = find_hub(state, event, event.place.hub_id if event.place else None)
        stay = HubStay(hub_id=hub_id, arrived_at=event.occurred_at) if hub_id else None
        return None, stay if event.substatus in ARRIVALS else state.hub_stay
    if opens_leg(event):
        is_same_tour = (
            state.open_leg is not None and state.open_leg.destination == RECIPIENT and event.open_leg is None
        )
        return (state.open_leg if is_same_tour else event.open_leg), None
    leg = state.open_leg
    if event.open_leg is not None and leg is not None and leg.departed_at == event.open_leg.departed_at:
        return event.open_leg, state.hub_stay
    return leg, state.hub_stay


def find_finished_leg(
    before: ShipmentState, after: ShipmentState, event: TrackingEvent
) -> FinishedLeg | None:
    """Return the leg that the event has finished; None if there is none to learn from."""
    leg = before.open_leg
    is_over = leg is not None and (after.open_leg is None or after.open_leg.departed_at != leg.departed_at)
    if not ends_leg(event) or not SKEWED.isdisjoint(event.fix_flags):
        return None
    if leg is None and event.status is Status.AVAILABLE_FOR_PICKUP:
        return _finish_collection(before, event)
    if leg is None or not is_over or event.occurred_at <= leg.departed_at:
        return None
    finished = _finish_at(leg, before, event)
    return _add_promise(finished, before) if finished is not None and finished.is_last_mile else finished


def _add_promise(leg: FinishedLeg, before: ShipmentState) -> FinishedLeg:
    """Return the leg with the times of booking and promise, if it ends with the first delivery attempt."""
    is_first = not any(status.value in before.reached for status in FIRST_ATTEMPTS)
    if before.promised is None or not before.reached or not is_first:
        return leg
    booked_at = min(before.reached.values())
    return msgspec.structs.replace(leg, booked_at=booked_at, promised_at=before.promised.to)


def _finish_collection(before: ShipmentState, event: TrackingEvent) -> FinishedLeg | None:
    """Return the stay at the last hub until the parcel may be collected; None without a promise."""
    stay = before.hub_stay
    if stay is None or stay.arrived_at > event.occurred_at:
        return None
    leg = OpenLeg(origin=stay.hub_id, destination=RECIPIENT, departed_at=stay.arrived_at)
    finished = finish_leg(leg, event.occurred_at, before.shipment_id)
    finished = _add_promise(msgspec.structs.replace(finished, is_collected=True), before)
    return None if finished.promised_at is None else finished


def _finish_at(leg: OpenLeg, before: ShipmentState, event: TrackingEvent) -> FinishedLeg | None:
    at, shipment_id = event.occurred_at, before.shipment_id
    if event.status in AT_THE_RECIPIENT:
        if not _went_to_recipient(leg, event):
            return None
        finished = finish_leg(leg, at, shipment_id)
        is_delivered = event.status is Status.DELIVERED
        return msgspec.structs.replace(
            finished, first_estimate=before.first_estimate if is_delivered else None
        )
    if event.substatus not in ARRIVALS or leg.destination == RECIPIENT:
        return None
    hub_id = find_hub(before, event, event.place.hub_id if event.place else None)
    if hub_id == leg.destination:
        return finish_leg(leg, at, shipment_id)
    km = _straight_km(leg, event)
    if hub_id is None or km is None or hub_id == leg.origin:
        return None
    return finish_leg(leg, at, shipment_id, elsewhere=(hub_id, free_flow_minutes(km)))


def _went_to_recipient(leg: OpenLeg, event: TrackingEvent) -> bool:
    """Return whether the leg ends at the recipient: a last mile with any attempt, another with a delivery."""
    return leg.destination == RECIPIENT or event.status is Status.DELIVERED


def _straight_km(leg: OpenLeg, event: TrackingEvent) -> float | None:
    if leg.lat is None or leg.lon is None or event.lat is None or event.lon is None:
        return None
    return distance_km(leg.lat, leg.lon, event.lat, event.lon) or None


def measure_dwell(stay: HubStay | None, hub_id: str | None, at: datetime) -> float | None:
    """Return the minutes a parcel was at the hub it leaves; None if its arrival there is unknown."""
    if stay is None or stay.hub_id != hub_id:
        return None
    return max(0.0, (at - stay.arrived_at).total_seconds() / 60)
