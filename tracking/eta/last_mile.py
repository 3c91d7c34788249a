"""The last mile as its recipient may see it: where the vehicle is, and how many stops come before."""

from collections.abc import Sequence
from datetime import datetime

from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Status
from tracking.domain.value import Struct
from tracking.eta.aboard import ParcelAboard

# Farther away than that, a position would tell of other people's doors more than of one's own.
MAX_STOPS = 10
# About 110 m: enough to go down to the door in time, too little to find anybody else's.
NEAR_DECIMALS = 3


class LastMile(Struct, frozen=True):
    """A vehicle near a door: its position, the middle of the door's PIN code (degrees), open stops before."""

    lat: float
    lon: float
    occurred_at: datetime
    stops_ahead: int
    door_lat: float
    door_lon: float


def may_show_last_mile(state: ShipmentState) -> bool:
    """Whether the manifest is worth a read: out for delivery, on a vehicle, bound for a PIN code."""
    return (
        state.status is Status.OUT_FOR_DELIVERY
        and state.manifest_vehicle_id is not None
        and state.destination_pin is not None
        and state.position is not None
    )


def find_last_mile(
    state: ShipmentState, rides: Sequence[ParcelAboard], door: tuple[float, float]
) -> LastMile | None:
    """How near the vehicle is to the door of one of its `rides`; None with more than ten stops before it.

    `state` has the vehicle's position joined; `door` is the middle of its PIN code in degrees.
    """
    tours = (ride.tour for ride in rides if ride.state.shipment_id == state.shipment_id)
    tour = next(tours, None)
    if tour is None or tour.stops_ahead > MAX_STOPS or state.position is None:
        return None
    return LastMile(
        lat=round(state.position.lat, NEAR_DECIMALS),
        lon=round(state.position.lon, NEAR_DECIMALS),
        occurred_at=state.position.occurred_at,
        stops_ahead=tour.stops_ahead,
        door_lat=round(door[0], NEAR_DECIMALS),
        door_lon=round(door[1], NEAR_DECIMALS),
    )
