"""Says when a vehicle arrives at a place of ours and when it leaves, from its positions alone."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

import msgspec

from tracking.domain.distance import distance_km
from tracking.domain.events import Struct
from tracking.domain.position import Fix

FenceKind = Literal["hub", "dark_store", "recipient"]
RADIUS_M: dict[FenceKind, float] = {"hub": 300.0, "dark_store": 120.0, "recipient": 80.0}
STAYS: dict[FenceKind, timedelta] = {
    "hub": timedelta(seconds=180),
    "dark_store": timedelta(seconds=180),
    "recipient": timedelta(seconds=60),
}
# One fix this exact is enough to be inside; of others it takes two.
EXACT_M = 25.0
ENTERING_BELOW_KMH = 15.0
FIXES = 2
# Beyond this many radii, and the fix's own accuracy, a fix is outside; between, it says neither.
OUTSIDE_RADII = 1.3
GONE_AFTER = timedelta(seconds=90)


class Geofence(Struct, frozen=True):
    """A circle (degrees, metres) around a place of ours, or the polygon of its corners (lat, lon).

    Of a polygon, point and radius are those of a circle around it.
    """

    fence_id: str
    kind: FenceKind
    lat: float
    lon: float
    radius_m: float
    name: str = ""
    corners: tuple[tuple[float, float], ...] = ()


class Visit(msgspec.Struct, frozen=True, array_like=True):
    """What is known of a stay at one fence, between its first inside fix and its end.

    `inside_at` is the first inside fix, `inside` how many there were running, `entered` whether it is one.
    `outside_at` is the first of the outside fixes running, if the last ones were outside.
    """

    fence_id: str
    inside_at: datetime
    inside: int = 1
    entered: bool = False
    arrived: bool = False
    outside_at: datetime | None = None


class GeofenceMemory(msgspec.Struct, frozen=True, array_like=True):
    """The stays under way, and the instant of the last fix looked at."""

    visits: tuple[Visit, ...] = ()
    seen_at: datetime | None = None


class Crossing(NamedTuple):
    """An arrival, or a departure after one, with its instant in the world."""

    kind: Literal["arrived", "departed"]
    fence: Geofence
    at: datetime


class Followed(NamedTuple):
    """What a fix brought about, and the memory after it."""

    crossings: list[Crossing]
    memory: GeofenceMemory


def make_geofence(fence_id: str, kind: FenceKind, lat: float, lon: float, name: str = "") -> Geofence:
    """The circle usual for a place of this kind."""
    return Geofence(fence_id=fence_id, kind=kind, lat=lat, lon=lon, radius_m=RADIUS_M[kind], name=name)


def follow_all(memory: GeofenceMemory, fences: Sequence[Geofence], fixes: Iterable[Fix]) -> Followed:
    """What these fixes bring about, whatever the order they are given in."""
    crossings: list[Crossing] = []
    for fix in sorted(fixes, key=_in_time):
        found, memory = follow(memory, fences, fix)
        crossings += found
    return Followed(crossings, memory)


def follow(memory: GeofenceMemory, fences: Sequence[Geofence], fix: Fix) -> Followed:
    """Look at the next fix of a vehicle, cleaned and not dropped. `fences`: all that it may be in, or was.

    Only event time counts, so fixes from a buffer give what they would have given one by one. A fix that is
    not newer than the last one looked at says nothing. A visit is forgotten when its fence is not given.
    """
    if memory.seen_at is not None and fix.occurred_at <= memory.seen_at:
        return Followed([], memory)
    known = {visit.fence_id: visit for visit in memory.visits}
    crossings, visits = [], []
    for fence in fences:
        visit, crossing = _step(known.get(fence.fence_id), fence, fix)
        if visit is not None:
            visits.append(visit)
        if crossing is not None:
            crossings.append(crossing)
    return Followed(crossings, GeofenceMemory(visits=tuple(visits), seen_at=fix.occurred_at))


def is_inside(fence: Geofence, lat: float, lon: float) -> bool:
    """Whether a point (degrees) lies inside the fence."""
    if fence.corners:
        return _is_in_polygon(fence.corners, lat, lon)
    return _metres(fence, lat, lon) <= fence.radius_m


def _step(visit: Visit | None, fence: Geofence, fix: Fix) -> tuple[Visit | None, Crossing | None]:
    """One fence, one fix: the visit after it, and what it has brought about."""
    if (fix.accuracy_m or 0.0) > fence.radius_m:
        return visit, None
    if is_inside(fence, fix.lat, fix.lon):
        return _stay(visit, fence, fix)
    if visit is None or not visit.entered:
        return None, None
    return _move_away(visit, fence, fix)


def _stay(visit: Visit | None, fence: Geofence, fix: Fix) -> tuple[Visit, Crossing | None]:
    """An inside fix: the first of a visit, one that makes it an entry, one that makes it an arrival."""
    if visit is None:
        visit = Visit(fence_id=fence.fence_id, inside_at=fix.occurred_at, inside=0)
    inside = min(visit.inside + 1, FIXES)
    is_exact = fix.accuracy_m is not None and fix.accuracy_m < EXACT_M
    is_slow = (fix.speed_kmh or 0.0) < ENTERING_BELOW_KMH
    entered = visit.entered or (is_slow and (is_exact or inside >= FIXES))
    arrives = entered and not visit.arrived and fix.occurred_at - visit.inside_at >= STAYS[fence.kind]
    after = msgspec.structs.replace(
        visit, inside=inside, entered=entered, arrived=visit.arrived or arrives, outside_at=None
    )
    return after, Crossing("arrived", fence, visit.inside_at) if arrives else None


def _move_away(visit: Visit, fence: Geofence, fix: Fix) -> tuple[Visit | None, Crossing | None]:
    """A fix that is not inside, after an entry: outside, or in the belt that says neither."""
    reach_m = OUTSIDE_RADII * fence.radius_m + (fix.accuracy_m or 0.0)
    is_outside = _metres(fence, fix.lat, fix.lon) > reach_m
    if visit.outside_at is None:
        outside_at = fix.occurred_at if is_outside else None
        return msgspec.structs.replace(visit, outside_at=outside_at), None
    if is_outside or fix.occurred_at - visit.outside_at >= GONE_AFTER:
        return None, Crossing("departed", fence, visit.outside_at) if visit.arrived else None
    return visit, None


def _metres(fence: Geofence, lat: float, lon: float) -> float:
    return distance_km(fence.lat, fence.lon, lat, lon) * 1000


def _is_in_polygon(corners: Sequence[tuple[float, float]], lat: float, lon: float) -> bool:
    """Whether a line from the point to the east crosses the outline an odd number of times."""
    crosses = False
    for (lat_a, lon_a), (lat_b, lon_b) in zip(corners, (*corners[1:], corners[0]), strict=True):
        if (lat_a > lat) != (lat_b > lat) and lon < lon_a + (lat - lat_a) / (lat_b - lat_a) * (lon_b - lon_a):
            crosses = not crosses
    return crosses


def _in_time(fix: Fix) -> tuple[datetime, float, float]:
    return fix.occurred_at, fix.lat, fix.lon
