"""Geofences: arrivals at and departures from places of ours, detected from positions alone."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

import msgspec

from tracking.domain.calendars import DEFAULT_CALENDAR, DeliveryCalendar
from tracking.domain.distance import distance_km
from tracking.domain.events import Struct
from tracking.domain.position import Fix

FenceKind = Literal["hub", "dark_store", "recipient"]
RADIUS_M: dict[FenceKind, float] = {"hub": 300.0, "dark_store": 120.0, "recipient": 80.0}
MIN_STAY: dict[FenceKind, timedelta] = {
    "hub": timedelta(seconds=180),
    "dark_store": timedelta(seconds=180),
    "recipient": timedelta(seconds=60),
}
# One inside fix more accurate than this makes an entry; otherwise it takes two in a row.
EXACT_M = 25.0
ENTERING_BELOW_KMH = 15.0
MIN_FIXES = 2
# A fix is outside beyond this many radii plus its accuracy; between that and the radius it is neither.
OUTSIDE_RADII = 1.3
GONE_AFTER = timedelta(seconds=90)
# A degree of latitude is longer than this: points further apart in latitude need no exact distance.
LEAST_M_PER_DEGREE = 111_000.0


class Geofence(Struct, frozen=True):
    """Circle around a place (degrees, metres), or polygon with corners as (lat, lon).

    Point and radius of a polygon are those of a circle around it. `calendar` are the delivery hours of a hub.
    """

    fence_id: str
    kind: FenceKind
    lat: float
    lon: float
    radius_m: float
    name: str = ""
    corners: tuple[tuple[float, float], ...] = ()
    calendar: DeliveryCalendar = DEFAULT_CALENDAR


class Visit(msgspec.Struct, frozen=True, array_like=True):
    """Visit of one fence, from its first inside fix to its end.

    `inside_at` is the time of the first inside fix, `inside` the number of inside fixes in a row;
    `has_entered` is True once they count as an entry, `has_arrived` once the vehicle has stayed long enough.
    `outside_at` is the time of the first outside fix in a row, if the last fix was outside.
    """

    fence_id: str
    inside_at: datetime
    inside: int = 1
    has_entered: bool = False
    has_arrived: bool = False
    outside_at: datetime | None = None


class GeofenceMemory(msgspec.Struct, frozen=True, array_like=True):
    """Open visits, and the time of the last fix evaluated."""

    visits: tuple[Visit, ...] = ()
    seen_at: datetime | None = None


class Crossing(NamedTuple):
    """Arrival at a fence, or departure after an arrival, with its time in the world."""

    kind: Literal["arrived", "departed"]
    fence: Geofence
    at: datetime


class CrossingResult(NamedTuple):
    """Crossings that a fix completes, and the memory after it."""

    crossings: list[Crossing]
    memory: GeofenceMemory


def make_geofence(
    fence_id: str,
    kind: FenceKind,
    lat: float,
    lon: float,
    name: str = "",
    calendar: DeliveryCalendar = DEFAULT_CALENDAR,
) -> Geofence:
    """Return a circle with the usual radius for a place of this kind."""
    radius_m = RADIUS_M[kind]
    return Geofence(
        fence_id=fence_id, kind=kind, lat=lat, lon=lon, radius_m=radius_m, name=name, calendar=calendar
    )


def detect_crossings(memory: GeofenceMemory, fences: Sequence[Geofence], fix: Fix) -> CrossingResult:
    """Return the crossings that the next fix of a vehicle completes; the fix is cleaned and not dropped.

    `fences` are all fences it may be inside of, and those of open visits: a visit whose fence is missing is
    forgotten. Only event time counts, so buffered fixes give the same crossings as live ones. A fix that is
    not newer than the last one evaluated changes nothing.
    """
    if memory.seen_at is not None and fix.occurred_at <= memory.seen_at:
        return CrossingResult([], memory)
    open_visits = {visit.fence_id: visit for visit in memory.visits}
    crossings, visits = [], []
    for fence in fences:
        visit, crossing = _update_visit(open_visits.get(fence.fence_id), fence, fix)
        if visit is not None:
            visits.append(visit)
        if crossing is not None:
            crossings.append(crossing)
    return CrossingResult(crossings, GeofenceMemory(visits=tuple(visits), seen_at=fix.occurred_at))


def is_inside(fence: Geofence, lat: float, lon: float) -> bool:
    """Return whether a point in degrees lies inside the fence."""
    if fence.corners:
        return _is_in_polygon(fence.corners, lat, lon)
    if abs(lat - fence.lat) * LEAST_M_PER_DEGREE > fence.radius_m:
        return False
    return _metres(fence, lat, lon) <= fence.radius_m


def _update_visit(visit: Visit | None, fence: Geofence, fix: Fix) -> tuple[Visit | None, Crossing | None]:
    """Return the visit of one fence after one fix, and the crossing that the fix completes."""
    if (fix.accuracy_m or 0.0) > fence.radius_m:
        return visit, None
    if is_inside(fence, fix.lat, fix.lon):
        return _apply_inside(visit, fence, fix)
    if visit is None or not visit.has_entered:
        return None, None
    return _apply_outside(visit, fence, fix)


def _apply_inside(visit: Visit | None, fence: Geofence, fix: Fix) -> tuple[Visit, Crossing | None]:
    """Return the visit after an inside fix, which may begin it, make it an entry or make it an arrival."""
    if visit is None:
        visit = Visit(fence_id=fence.fence_id, inside_at=fix.occurred_at, inside=0)
    inside = min(visit.inside + 1, MIN_FIXES)
    is_exact = fix.accuracy_m is not None and fix.accuracy_m < EXACT_M
    is_slow = (fix.speed_kmh or 0.0) < ENTERING_BELOW_KMH
    entered = visit.has_entered or (is_slow and (is_exact or inside >= MIN_FIXES))
    arrives = entered and not visit.has_arrived and fix.occurred_at - visit.inside_at >= MIN_STAY[fence.kind]
    after = msgspec.structs.replace(
        visit, inside=inside, has_entered=entered, has_arrived=visit.has_arrived or arrives, outside_at=None
    )
    return after, Crossing("arrived", fence, visit.inside_at) if arrives else None


def _apply_outside(visit: Visit, fence: Geofence, fix: Fix) -> tuple[Visit | None, Crossing | None]:
    """Return the visit after a fix that is not inside: it ends once fixes stay outside for long enough."""
    reach_m = OUTSIDE_RADII * fence.radius_m + (fix.accuracy_m or 0.0)
    is_outside = _metres(fence, fix.lat, fix.lon) > reach_m
    if visit.outside_at is None:
        outside_at = fix.occurred_at if is_outside else None
        return msgspec.structs.replace(visit, outside_at=outside_at), None
    if is_outside or fix.occurred_at - visit.outside_at >= GONE_AFTER:
        return None, Crossing("departed", fence, visit.outside_at) if visit.has_arrived else None
    return visit, None


def _metres(fence: Geofence, lat: float, lon: float) -> float:
    return distance_km(fence.lat, fence.lon, lat, lon) * 1000


def _is_in_polygon(corners: Sequence[tuple[float, float]], lat: float, lon: float) -> bool:
    """Return whether a ray from the point to the east crosses the outline an odd number of times."""
    is_inside_outline = False
    for (lat_a, lon_a), (lat_b, lon_b) in zip(corners, (*corners[1:], corners[0]), strict=True):
        if (lat_a > lat) != (lat_b > lat) and lon < lon_a + (lat - lat_a) / (lat_b - lat_a) * (lon_b - lon_a):
            is_inside_outline = not is_inside_outline
    return is_inside_outline
