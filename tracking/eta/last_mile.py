"""Last mile as the recipient may see it: position of the vehicle and number of stops before the door."""

from collections.abc import Sequence
from datetime import datetime

from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Status
from tracking.domain.value import Struct
from tracking.eta.aboard import ParcelAboard

# With more stops before the door, the position would show other people's doors.
MAX_STOPS = 10
# About 110 m: exact enough to be ready at the door, too vague to find another one.
POSITION_DECIMALS = 3


class LastMile(Struct, frozen=True):
    """Position of a vehicle near a door, open stops before it, centre of the door's PIN code; in degrees."""

    lat: float
    lon: float
    occurred_at: datetime
    stops_ahead: int
    door_lat: float
    door_lon: float


def may_show_last_mile(state: ShipmentState) -> bool:
    """Return whether the state allows a last mile: out for delivery, on a vehicle, bound for a PIN code."""
    return (
        state.status is Status.OUT_FOR_DELIVERY
        and state.manifest_vehicle_id is not None
        and state.destination_pin is not None
        and state.position is not None
    )


def find_last_mile(
    state: ShipmentState, parcels: Sequence[ParcelAboard], door: tuple[float, float]
) -> LastMile | None:
    """Return the last mile of one of the `parcels` aboard; None with more than ten stops before its door.

    `state` has the vehicle's position joined; `door` is the centre of its PIN code in degrees.
    """
    tours = (parcel.tour for parcel in parcels if parcel.state.shipment_id == state.shipment_id)
    tour = next(tours, None)
    if tour is None or tour.stops_ahead > MAX_STOPS or state.position is None:
        return None
    return LastMile(
        lat=round(state.position.lat, POSITION_DECIMALS),
        lon=round(state.position.lon, POSITION_DECIMALS),
        occurred_at=state.position.occurred_at,
        stops_ahead=tour.stops_ahead,
        door_lat=round(door[0], POSITION_DECIMALS),
        door_lon=round(door[1], POSITION_DECIMALS),
    )
