"""Learning: how finished legs change the lane statistics."""

import math
from collections import ChainMap
from collections.abc import Iterable

from tracking.domain.legs import FinishedLeg, QuarterPrediction, bucket_of
from tracking.eta.dwell import (
    DWELL,
    STOP,
    TOUR,
    TypicalDuration,
    add_duration,
    dwell_key,
    read_durations,
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
from tracking.eta.tours import KM_PER_STOP, drive_minutes

# Caps on the count of legs, so that old legs fade out of the means.
MAX_LEVEL_COUNT, MAX_GLOBAL_COUNT = 40.0, 500.0
# Largest deviation of ln(actual / base) that counts: one breakdown must not move a lane for a week.
MAX_LOG_DEVIATION = 0.7
# Step of a quantile offset per leg (in logs), and its least distance from the middle.
QUANTILE_STEP = 0.04
MIN_OFFSET = 0.02


def learn(statistics: LaneStatistics, legs: Iterable[FinishedLeg]) -> dict[str, Statistic]:
    """Return the new values, by key, of the statistics that these legs change when learned in this order."""
    changed: dict[str, Statistic] = {}
    current: LaneStatistics = ChainMap(changed, statistics)  # type: ignore[arg-type]
    for leg in legs:
        changed.update(_learn_durations(current, leg))
        if leg.is_last_mile:
            continue
        changed.update(_learn_ratio(current, leg))
        changed.update(_learn_error(current, leg))
        for prediction in leg.under_way:
            changed.update(_learn_error_under_way(current, leg, prediction))
    return changed


def list_touched_keys(leg: FinishedLeg) -> list[str]:
    """Return the keys of all statistics that this leg may change."""
    profile = leg.profile
    keys = [key for key, _, _ in _durations_of(leg)]
    if leg.is_last_mile:
        return keys
    keys += [global_key(profile.basis), class_key(profile), hub_key(profile), lane_key(profile)]
    if leg.group:
        keys += [leg.group, residuals_key(profile.basis, profile.bucket)]
    for prediction in leg.under_way:
        keys.append(under_way_spread_key(profile.basis, profile.bucket, prediction.quarter))
        keys.append(under_way_residuals_key(profile.basis, profile.bucket, prediction.quarter))
    return keys


def update_level(level: Level, z: float) -> Level:
    """Return the level after one more leg of ln(actual / base) `z`.

    The first leg sets the mean; later ones move it by a deviation of at most `MAX_LOG_DEVIATION`.
    """
    if not level.n:
        return Level(v=z, n=1.0)
    n = min(level.n + 1.0, MAX_LEVEL_COUNT)
    return Level(v=level.v + min(max(z - level.v, -MAX_LOG_DEVIATION), MAX_LOG_DEVIATION) / n, n=n)


def update_spread(spread: Spread, residual: float) -> Spread:
    """Return the offsets after one more residual.

    Each follows its quantile by stochastic approximation: q += step * (tau - [x < q]).
    """
    l10 = spread.l10 + QUANTILE_STEP * (0.1 - (residual < spread.l10))
    l90 = spread.l90 + QUANTILE_STEP * (0.9 - (residual < spread.l90))
    return Spread(l10=min(l10, -MIN_OFFSET), l90=max(l90, MIN_OFFSET))


def _learn_durations(statistics: LaneStatistics, leg: FinishedLeg) -> dict[str, Statistic]:
    """Learn the dwell at the origin; of a last mile also the tour and the minutes per stop."""
    return {
        key: add_duration(read_durations(statistics, key, typical), typical, minutes)
        for key, typical, minutes in _durations_of(leg)
    }


def _durations_of(leg: FinishedLeg) -> list[tuple[str, TypicalDuration, float]]:
    durations = []
    if leg.dwelt_min is not None:
        durations.append((dwell_key(leg.origin), DWELL, leg.dwelt_min))
    if not leg.is_last_mile:
        return durations
    durations.append((tour_key(leg.origin), TOUR, leg.minutes))
    if leg.stops_ahead:
        stops = leg.stops_ahead
        driving_min = drive_minutes((stops + 1) * KM_PER_STOP, leg.departed_at)
        minutes_per_stop = max((leg.minutes - driving_min) / stops, 0.5)
        durations.append((stop_key(leg.origin, leg.departed_at), STOP, minutes_per_stop))
    return durations


def _learn_ratio(statistics: LaneStatistics, leg: FinishedLeg) -> dict[str, Statistic]:
    profile, z = leg.profile, math.log(leg.minutes / leg.base_min)
    all_legs = read_global(statistics, profile.basis)
    n = min(all_legs.n + 1.0, MAX_GLOBAL_COUNT)
    changed: dict[str, Statistic] = {
        key: update_level(read_level(statistics, key), z)
        for key in (class_key(profile), hub_key(profile), lane_key(profile))
    }
    changed[global_key(profile.basis)] = Level(v=all_legs.v + (z - all_legs.v) / n, n=n)
    return changed


def _learn_error(statistics: LaneStatistics, leg: FinishedLeg) -> dict[str, Statistic]:
    if not leg.group:
        return {}
    residual = math.log(leg.minutes / leg.base_min) - leg.mu
    key = residuals_key(leg.basis, bucket_of(leg.base_min))
    return {
        leg.group: update_spread(read_spread(statistics, leg.group), residual),
        key: read_residuals(statistics, key).add(residual),
    }


def _learn_error_under_way(
    statistics: LaneStatistics, leg: FinishedLeg, prediction: QuarterPrediction
) -> dict[str, Statistic]:
    remained_min = (leg.arrived_at - prediction.at).total_seconds() / 60
    if remained_min <= 0 or prediction.base_min <= 0:
        return {}
    bucket = bucket_of(leg.base_min)
    residual = math.log(remained_min / prediction.base_min) - prediction.mu
    spread = under_way_spread_key(leg.basis, bucket, prediction.quarter)
    residuals = under_way_residuals_key(leg.basis, bucket, prediction.quarter)
    return {
        spread: update_spread(read_spread(statistics, spread, under_way=True), residual),
        residuals: read_residuals(statistics, residuals).add(residual),
    }
