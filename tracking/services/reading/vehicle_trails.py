"""Trail of a vehicle: where it was within the last half hour."""

from datetime import datetime, timedelta
from typing import NamedTuple

from tracking.domain.events import format_time
from tracking.domain.payload import FUTURE_LIMIT
from tracking.ports import VehicleStore

TRAIL_OF = timedelta(minutes=30)
# Two positions a second for half an hour.
MAX_POINTS = 3600


class TrailPoint(NamedTuple):
    """Position of the trail: time in ms since 1970, latitude and longitude in degrees."""

    time_ms: int
    lat: float
    lon: float


def read_trail(store: VehicleStore, vehicle_id: str, now: datetime) -> list[TrailPoint]:
    """Return the positions of the last half hour under the vehicle's current owner, oldest first.

    Positions that cleaning dropped are left out; one of a fast clock has the time of its arrival. Raises
    `TransientError` when the store cannot be reached.
    """
    registration = store.read_registrations([vehicle_id]).get(vehicle_id)
    owner = None if registration is None else registration.owner
    since, until = format_time(now - TRAIL_OF), format_time(now + FUTURE_LIMIT)
    fixes = store.read_fixes(vehicle_id, owner, since, until, MAX_POINTS)
    return [
        TrailPoint(_to_ms(min(fix.occurred_at, fix.received_at)), round(fix.lat, 5), round(fix.lon, 5))
        for fix in fixes
        if not fix.is_fix_dropped
    ]


def _to_ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
