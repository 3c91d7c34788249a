"""Route position: hubs of a parcel's lane, and whether the lane lies behind it."""

from tracking.domain.events import HubPoint, Lane, Scan
from tracking.domain.legs import RECIPIENT, OpenLeg
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Status


def find_lane_hub(lane: Lane | None, hub_id: str) -> HubPoint | None:
    """Return the end of the lane with this id, or None."""
    if lane is None:
        return None
    if lane.origin.hub_id == hub_id:
        return lane.origin
    return lane.destination if lane.destination.hub_id == hub_id else None


def find_delivery_hub(state: ShipmentState, leg: OpenLeg | None) -> str:
    """Return the id of the hub that the van was loaded at, else the lane's last hub; empty if unknown."""
    if leg is not None and leg.destination == RECIPIENT:
        return leg.origin
    return state.lane.destination.hub_id if state.lane else ""


def is_lane_done(state: ShipmentState, lane: Lane, scan: Scan, hub_id: str | None, status: Status) -> bool:
    """Return whether the parcel has the lane behind it: at its last hub, or after a delivery attempt.

    `hub_id` is the hub that the scan was made at, `status` the status after it.
    """
    end = lane.destination.hub_id
    # A lane within one hub has no leg.
    if end in (lane.origin.hub_id, hub_id):
        return True
    if scan.substatus == "arrived_destination_hub" or status is Status.ATTEMPT_FAILED:
        return True
    if state.hub_stay is not None and state.hub_stay.hub_id == end:
        return True
    return Status.OUT_FOR_DELIVERY in state.reached
