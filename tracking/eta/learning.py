"""What one finished leg changes in what is known of lanes."""

import math
from collections import ChainMap
from collections.abc import Iterable

from tracking.domain.legs import FinishedLeg, UnderWay, bucket_of
from tracking.eta.dwell import (
    DWELL,
    STOP,
    TOUR,
    Typical,
    dwell_key,
    read_dwell,
    repeat,
    stop_key,
    tour_key,
)
from tracking.eta.lanes import (
    LaneStatistics,
    Level,
    Spread,
    Statistic,
    class_key,
    global_key,
    hub_key,
    lane_key,
    read_global,
    read_level,
    read_residuals,
    read_spread,
    residuals_key,
    under_way_residuals_key,
    under_way_spread_key,
)
from tracking.eta.tours import KM_A_STOP, drive_minutes

# A level never weighs more legs than this, so that it forgets.
LEVEL_FULL, GLOBAL_FULL = 40.0, 500.0
# One breakdown must not move a lane for a week.
CLIP = 0.7
# How fast the offsets follow, and how near to the middle they may come.
STRIDE = 0.04
CLOSEST = 0.02


def learn(book: LaneStatistics, legs: Iterable[FinishedLeg]) -> dict[str, Statistic]:
    """What these legs, in this order, make of the statistics they touch: new values by key."""
    changed: dict[str, Statistic] = {}
    known: LaneStatistics = ChainMap(changed, book)  # type: ignore[arg-type]
    for leg in legs:
        changed.update(_learn_dwell(known, leg))
        if leg.is_last_mile:
            continue
        changed.update(_learn_pace(known, leg))
        changed.update(_learn_spread(known, leg))
        for note in leg.under_way:
            changed.update(_learn_under_way(known, leg, note))
    return changed


def touched_keys(leg: FinishedLeg) -> list[str]:
    """The keys of all statistics this leg may change."""
    run = leg.run
    keys = [key for key, _, _ in _durations_of(leg)]
    if leg.is_last_mile:
        return keys
    keys += [global_key(run.basis), class_key(run), hub_key(run), lane_key(run)]
    if leg.group:
        keys += [leg.group, residuals_key(run.basis, run.bucket)]
    for note in leg.under_way:
        keys.append(under_way_spread_key(run.basis, run.bucket, note.quarter))
        keys.append(under_way_residuals_key(run.basis, run.bucket, note.quarter))
    return keys


def follow(level: Level, z: float) -> Level:
    """The level after one more leg: the first one sets it, later ones pull it by at most the clip."""
    if not level.n:
        return Level(v=z, n=1.0)
    n = min(level.n + 1.0, LEVEL_FULL)
    return Level(v=level.v + min(max(z - level.v, -CLIP), CLIP) / n, n=n)


def track(spread: Spread, residual: float) -> Spread:
    """The offsets after one more residual, each a step towards its quantile."""
    l10 = spread.l10 + STRIDE * (0.1 - (residual < spread.l10))
    l90 = spread.l90 + STRIDE * (0.9 - (residual < spread.l90))
    return Spread(l10=min(l10, -CLOSEST), l90=max(l90, CLOSEST))


def _learn_dwell(book: LaneStatistics, leg: FinishedLeg) -> dict[str, Statistic]:
    """How long the parcel stayed where the leg began; of a last mile also the tour, and minutes a stop."""
    return {
        key: repeat(read_dwell(book, key, typical), typical, minutes)
        for key, typical, minutes in _durations_of(leg)
    }


def _durations_of(leg: FinishedLeg) -> list[tuple[str, Typical, float]]:
    found = []
    if leg.dwelt_min is not None:
        found.append((dwell_key(leg.origin), DWELL, leg.dwelt_min))
    if not leg.is_last_mile:
        return found
    found.append((tour_key(leg.origin), TOUR, leg.minutes))
    if leg.stops_ahead:
        stops = leg.stops_ahead
        driven = drive_minutes((stops + 1) * KM_A_STOP, leg.departed_at)
        a_stop = max((leg.minutes - driven) / stops, 0.5)
        found.append((stop_key(leg.origin, leg.departed_at), STOP, a_stop))
    return found


def _learn_pace(book: LaneStatistics, leg: FinishedLeg) -> dict[str, Statistic]:
    run, z = leg.run, math.log(leg.minutes / leg.base_min)
    everything = read_global(book, run.basis)
    n = min(everything.n + 1.0, GLOBAL_FULL)
    changed: dict[str, Statistic] = {
        key: follow(read_level(book, key), z) for key in (class_key(run), hub_key(run), lane_key(run))
    }
    changed[global_key(run.basis)] = Level(v=everything.v + (z - everything.v) / n, n=n)
    return changed


def _learn_spread(book: LaneStatistics, leg: FinishedLeg) -> dict[str, Statistic]:
    if not leg.group:
        return {}
    residual = math.log(leg.minutes / leg.base_min) - leg.mu
    key = residuals_key(leg.basis, bucket_of(leg.base_min))
    return {
        leg.group: track(read_spread(book, leg.group), residual),
        key: read_residuals(book, key).add(residual),
    }


def _learn_under_way(book: LaneStatistics, leg: FinishedLeg, note: UnderWay) -> dict[str, Statistic]:
    remained = (leg.arrived_at - note.at).total_seconds() / 60
    if remained <= 0 or note.base_min <= 0:
        return {}
    bucket = bucket_of(leg.base_min)
    residual = math.log(remained / note.base_min) - note.mu
    spread = under_way_spread_key(leg.basis, bucket, note.quarter)
    residuals = under_way_residuals_key(leg.basis, bucket, note.quarter)
    return {
        spread: track(read_spread(book, spread, under_way=True), residual),
        residuals: read_residuals(book, residuals).add(residual),
    }
