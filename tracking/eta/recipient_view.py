"""Van as the recipient may see it: its position and the number of stops before the recipient's."""

from collections.abc import Sequence
from datetime import datetime

from tracking.domain.arriving import ARRIVED
from tracking.domain.attempts import AT_DOOR_M
from tracking.domain.distance import LatLon, distance_km
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Status
from tracking.domain.value import Struct
from tracking.eta.aboard import ParcelAboard

# Farther away the position is hidden: it would show where other recipients live.
MAX_STOPS = 10
# About 110 m: exact enough to be ready at the door, too vague to find another one.
POSITION_DECIMALS = 3


class VanNearby(Struct, frozen=True):
    """Position of the van, number of open stops before the recipient's, point in the PIN code; degrees.

    `is_at_door` is True while the van stands where it was when its arrival at the door was reported.
    """

    lat: float
    lon: float
    occurred_at: datetime
    stops_ahead: int
    pin_lat: float
    pin_lon: float
    is_at_door: bool = False


def may_show_van(state: ShipmentState) -> bool:
    """Return whether the van may be shown: the parcel is out for delivery, aboard, and has a PIN code."""
    return (
        state.status is Status.OUT_FOR_DELIVERY
        and state.manifest_vehicle_id is not None
        and state.destination_pin is not None
        and state.position is not None
    )


def find_van_nearby(
    state: ShipmentState, parcels: Sequence[ParcelAboard], pin_point: LatLon
) -> VanNearby | None:
    """Return the van of one of the `parcels` aboard, as its recipient may see it.

    None if it is not aboard, has more than ten stops before its own or no position. `state` has the van's
    position joined; `pin_point` is a point in its PIN code.
    """
    own = next((parcel for parcel in parcels if parcel.state.shipment_id == state.shipment_id), None)
    tour = own.tour if own is not None else None
    if own is None or tour is None or tour.stops_ahead > MAX_STOPS or state.position is None:
        return None
    return VanNearby(
        lat=round(state.position.lat, POSITION_DECIMALS),
        lon=round(state.position.lon, POSITION_DECIMALS),
        occurred_at=state.position.occurred_at,
        stops_ahead=tour.stops_ahead,
        pin_lat=round(pin_point[0], POSITION_DECIMALS),
        pin_lon=round(pin_point[1], POSITION_DECIMALS),
        is_at_door=_is_at_door(own.state, state),
    )


def _is_at_door(scanned: ShipmentState, now: ShipmentState) -> bool:
    """Return whether the van, whose position `now` has, is still where the arrival was `scanned`."""
    there, here = scanned.position, now.position
    if now.substatus != ARRIVED or there is None or here is None:
        return False
    return distance_km(there.lat, there.lon, here.lat, here.lon) * 1000 <= AT_DOOR_M
