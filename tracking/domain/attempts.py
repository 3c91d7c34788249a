"""Judgement of a delivery attempt by the positions of its vehicle and the place of the door."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from tracking.domain.attempt_evidence import EvidenceVerdict
from tracking.domain.distance import distance_km
from tracking.domain.events import Scan
from tracking.domain.position import DEFAULT_ACCURACY_M
from tracking.domain.status import Status

# A position within this distance of the door counts as at the door.
AT_DOOR_M = 150.0
# An attempt is contradicted only if the vehicle has stayed further away than this. In between lie streets
# without parking, large premises, and doors that are mapped at the wrong end of a street.
AWAY_M = 400.0
# An attempt may be reported for this long after the visit, and this long before its last position.
BEFORE, AFTER = timedelta(minutes=60), timedelta(minutes=2)
# Positions are read from a little earlier and later, so that the span begins and ends between two of them.
MARGIN = timedelta(minutes=15)
# A vehicle slower than this may be at the door; a faster one drives past.
SLOW_KMH = 15.0
LEAST_STAY = timedelta(seconds=30)
# Between two positions the vehicle drives no faster than this, in a straight line: in town, and beyond that.
TOWN_KM, MAX_TOWN_KMH, MAX_ROAD_KMH = 20.0, 60.0, 90.0
# One position may be wrong, so it contradicts nothing by itself.
LEAST_FIXES = 2
# Vehicles report every five minutes while they are parked, and at least once a minute while they drive. So
# nothing lies between two positions at one place that follow each other so soon, nor between one at which the
# vehicle stood and one at which it has just driven off.
PARKED_WITHIN, PARKED_M, DRIVEN_OFF_M = timedelta(minutes=10), 150.0, 500.0
STANDING_KMH = 5.0
# Positions less accurate than this say too little.
MAX_ACCURACY_M = 100.0
# A receiver that repeats one position exactly at this speed is stuck.
STUCK_KMH, STUCK_DEGREES = 5.0, 1e-6
# Reasons that do not claim that somebody was at the door.
WITHOUT_VISIT = frozenset({"no_time", "vehicle_issue", "future_date_requested", "at_pickup_point"})


class Door(NamedTuple):
    """Place of a door: a point in degrees, and how far from it the door may be, in metres (0: exact)."""

    lat: float
    lon: float
    radius_m: float = 0.0


class Sighting(NamedTuple):
    """Position of the vehicle at a moment: its distance from the door in metres, its speed if reported.

    `least_m` is the distance if the position is wrong by its accuracy. `is_fix` is False for the position of
    a scan.
    """

    at: datetime
    lat: float
    lon: float
    door_m: float
    least_m: float
    speed_kmh: float | None
    is_fix: bool


class Judgement(NamedTuple):
    """Verdict with its figures; a figure is None where it cannot be known."""

    verdict: EvidenceVerdict
    nearest_m: int | None = None
    dwell_s: int | None = None
    fixes_within_150m: int | None = None


UNKNOWN = Judgement("insufficient")


def find_span(attempted_at: datetime, aboard_since: datetime | None) -> tuple[datetime, datetime]:
    """Return the span in which the vehicle must have been at the door; it begins no earlier than the ride."""
    begins = attempted_at - BEFORE
    return (begins if aboard_since is None else max(begins, aboard_since)), attempted_at + AFTER


def claims_visit(status: Status, substatus: str | None) -> bool:
    """Return whether an event of this status says that somebody was at the door."""
    return status in (Status.ATTEMPT_FAILED, Status.DELIVERED) and substatus not in WITHOUT_VISIT


def judge_attempt(
    door: Door,
    fixes: Sequence[Scan],
    span: tuple[datetime, datetime],
    *,
    scans: Sequence[Scan] = (),
    claims: bool = True,
) -> Judgement:
    """Return the verdict on an attempt by the positions of its vehicle (`fixes`), in any order.

    `supported`: the vehicle stood within 150 m of the door. `contradicted`: by two positions at least it was
    never nearer than 400 m, however inexact they are, and between no two of them did it have the time to
    drive to the door, stop and return. Everything else is `insufficient`: missing or inexact positions, a
    vehicle that only drove past, an event that does not claim a visit. Where only the area of a PIN code is
    known no attempt can be supported, and one is contradicted only outside of the area. `scans` are reports
    of the parcel by the vehicle's device: they show how long it stayed and where it was in between, and
    decide nothing without a fix.
    """
    begins, ends = span
    sightings, unusable = _see(door, fixes, scans)
    inside = [seen for seen in sightings if begins <= seen.at <= ends]
    if not any(seen.is_fix for seen in inside):
        return UNKNOWN
    nearest_m = min(seen.door_m for seen in inside)
    is_away = _is_away(inside) and not _may_have_visited(sightings, unusable, span)
    verdict: EvidenceVerdict = "contradicted" if claims and is_away else "insufficient"
    if door.radius_m:
        return Judgement(verdict, round(nearest_m) if nearest_m > 0 else None)
    runs = _find_runs(inside)
    dwell = max((run[-1].at - run[0].at for run in runs), default=timedelta(0))
    near = [seen for run in runs for seen in run if seen.is_fix]
    if near and (dwell >= LEAST_STAY or any((seen.speed_kmh or 0.0) < SLOW_KMH for seen in near)):
        verdict = "supported"
    return Judgement(verdict, round(nearest_m), round(dwell.total_seconds()), len(near))


def _is_away(inside: Sequence[Sighting]) -> bool:
    """Return whether enough positions of the vehicle show it away from the door, and none near it."""
    is_seen_enough = sum(seen.is_fix for seen in inside) >= LEAST_FIXES
    return is_seen_enough and min(seen.least_m for seen in inside) > AWAY_M


def _see(door: Door, fixes: Sequence[Scan], scans: Sequence[Scan]) -> tuple[list[Sighting], list[datetime]]:
    """Return the usable positions, oldest first, one for each moment, and the moments of the others."""
    reports = [*scans, *fixes]
    own = set(map(id, fixes))
    ordered = sorted((fix for fix in reports if _is_usable(fix)), key=lambda fix: fix.occurred_at)
    stuck = {id(fix) for before, fix in pairwise(ordered) if _is_stuck(before, fix)}
    seen = {
        fix.occurred_at: _sight(door, fix, is_fix=id(fix) in own) for fix in ordered if id(fix) not in stuck
    }
    used = {id(fix) for fix in ordered} - stuck
    return list(seen.values()), [fix.occurred_at for fix in reports if id(fix) not in used]


def _sight(door: Door, fix: Scan, *, is_fix: bool) -> Sighting:
    lat, lon = fix.lat or 0.0, fix.lon or 0.0
    metres = distance_km(door.lat, door.lon, lat, lon) * 1000
    away_m = max(metres - door.radius_m, 0.0)
    least_m = away_m - (fix.accuracy_m or DEFAULT_ACCURACY_M)
    return Sighting(fix.occurred_at, lat, lon, away_m, least_m, fix.speed_kmh, is_fix)


def _is_usable(fix: Scan) -> bool:
    return fix.has_position and not fix.is_fix_dropped and (fix.accuracy_m or 0.0) <= MAX_ACCURACY_M


def _is_stuck(before: Scan, fix: Scan) -> bool:
    """Return whether the receiver repeats its last position although the vehicle moves."""
    is_same = (
        abs((fix.lat or 0.0) - (before.lat or 0.0)) <= STUCK_DEGREES
        and abs((fix.lon or 0.0) - (before.lon or 0.0)) <= STUCK_DEGREES
    )
    return is_same and fix.occurred_at > before.occurred_at and (fix.speed_kmh or 0.0) > STUCK_KMH


def _find_runs(sightings: Sequence[Sighting]) -> list[list[Sighting]]:
    """Return the positions at the door, split where the vehicle was away in between."""
    runs: list[list[Sighting]] = []
    was_near = False
    for seen in sightings:
        is_near = seen.door_m <= AT_DOOR_M
        if is_near and was_near:
            runs[-1].append(seen)
        elif is_near:
            runs.append([seen])
        was_near = is_near
    return runs


def _may_have_visited(
    sightings: Sequence[Sighting], unusable: Sequence[datetime], span: tuple[datetime, datetime]
) -> bool:
    """Return whether the positions leave the time for a visit within the span."""
    begins, ends = span
    first, last = sightings[0], sightings[-1]
    leads_in = _may_reach(first.door_m, first.at - begins)
    leads_out = _may_reach(last.door_m, ends - AFTER - last.at)
    gaps = [
        (before, after) for before, after in pairwise(sightings) if before.at < ends and after.at > begins
    ]
    return leads_in or leads_out or any(_has_time(before, after, unusable) for before, after in gaps)


def _has_time(before: Sighting, after: Sighting, unusable: Sequence[datetime]) -> bool:
    """Return whether the vehicle may have driven to the door, stopped and driven on between two positions."""
    if _is_parked(before, after) and not any(before.at < moment < after.at for moment in unusable):
        return False
    return _may_reach(before.door_m + after.door_m, after.at - before.at)


def _is_parked(before: Sighting, after: Sighting) -> bool:
    """Return whether the vehicle has stood between two positions, the last moments excepted."""
    moved_m = distance_km(before.lat, before.lon, after.lat, after.lon) * 1000
    stood = before.speed_kmh is not None and before.speed_kmh < STANDING_KMH
    reach_m = DRIVEN_OFF_M if stood else PARKED_M
    return after.at - before.at <= PARKED_WITHIN and moved_m <= reach_m


def _may_reach(metres: float, span: timedelta) -> bool:
    in_town_km = min(metres / 1000, TOWN_KM)
    hours = in_town_km / MAX_TOWN_KMH + (metres / 1000 - in_town_km) / MAX_ROAD_KMH
    return timedelta(hours=hours) + LEAST_STAY <= span
