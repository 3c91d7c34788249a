"""Learning: how finished legs change the lane statistics."""

import math
from collections import ChainMap
from collections.abc import Iterable

from tracking.domain.legs import ANY_CLASS, FinishedLeg, LegProfile, QuarterPrediction, bucket_of
from tracking.eta.conformal import update_widening, widening_at, widening_key
from tracking.eta.durations import (
    MIN_MINUTES_PER_STOP,
    QUANTILE_STEP,
    TYPICAL_DWELL,
    TYPICAL_STOP,
    TYPICAL_TOUR,
    TypicalDuration,
    add_duration,
    durations_at,
    dwell_key,
    move_offsets,
    stop_key,
    tour_key,
)
from tracking.eta.lanes import (
    SETTLED_AT,
    LaneStatistics,
    Level,
    Spread,
    Statistic,
    class_key,
    departure_residuals_key,
    global_key,
    global_level,
    hub_key,
    lane_class_key,
    lane_key,
    level_at,
    pace_at,
    pace_key,
    residuals_at,
    spread_at,
    under_way_residuals_key,
    under_way_spread_key,
)
from tracking.eta.promises import measure_promise, promise_keys, promises_at
from tracking.eta.quality import changes_of_quality, list_observations
from tracking.eta.tours import KM_PER_STOP, drive_minutes

# Caps on the count of legs, so that old legs fade out of the means: of a level, and of the level of all legs.
MAX_LEVEL_COUNT = 40.0
MAX_GLOBAL_COUNT = 500.0
# The first step of the offsets, relative to that after `SETTLED_AT` legs.
FIRST_STEP_FACTOR = 3.0
# Largest deviation of ln(actual / base) that counts: one breakdown must not move a lane for a week.
MAX_LOG_DEVIATION = 0.7
# Actual over base minutes of any leg between hubs. What lies outside has hours for minutes, or wrong ends,
# and would move its lane for months.
LEAST_RATIO, MOST_RATIO = 0.1, 100.0


def learn(statistics: LaneStatistics, legs: Iterable[FinishedLeg]) -> dict[str, Statistic]:
    """Return the new values, by key, of the statistics that these legs change when learned in this order.

    A leg between hubs whose duration is implausible counts in the quality of windows and teaches no durations
    of its lane.
    """
    changed: dict[str, Statistic] = {}
    current: LaneStatistics = ChainMap(changed, statistics)  # type: ignore[arg-type]
    for leg in legs:
        changed.update(_changes_of_durations(current, leg))
        changed.update(changes_of_quality(current, leg))
        if leg.is_last_mile:
            changed.update(_changes_of_promises(current, leg))
            continue
        if not is_plausible(leg.minutes, leg.profile.base_min):
            continue
        changed.update(_changes_of_ratio(current, leg))
        changed.update(_changes_of_error(current, leg))
        changed.update(_changes_of_widening(current, leg))
        for prediction in leg.under_way:
            changed.update(_changes_of_error_under_way(current, leg, prediction))
            changed.update(_changes_of_pace(current, leg, prediction))
    return changed


def is_plausible(minutes: float, base_min: float) -> bool:
    """Return whether a leg between hubs can have taken so long, by its base minutes."""
    return LEAST_RATIO * base_min <= minutes <= MOST_RATIO * base_min


def list_touched_keys(leg: FinishedLeg) -> list[str]:
    """Return the keys of all statistics that this leg may change."""
    profile = leg.profile
    keys = [key for key, _, _ in _observed_durations(leg)]
    keys += [key for key, _, _ in list_observations(leg)]
    if leg.is_last_mile:
        return [*keys, *_list_promises(leg)]
    keys += [global_key(profile.base_from), *_list_levels(profile)]
    if leg.spread_key:
        keys += [leg.spread_key, departure_residuals_key(profile.base_from, profile.bucket)]
    for prediction in leg.under_way:
        keys.append(under_way_spread_key(profile.base_from, profile.bucket, prediction.quarter))
        keys.append(under_way_residuals_key(profile.base_from, profile.bucket, prediction.quarter))
        if prediction.pace is not None:
            keys += [pace_key(taught, prediction.quarter) for taught in _list_taught(profile)]
    return keys + [widening_key(residuals_key) for residuals_key, _ in _list_checked(leg)]


def update_level(level: Level, log_ratio: float) -> Level:
    """Return the level after one more leg with this ln(actual / base).

    The first leg sets the mean; later ones move it by a deviation of at most `MAX_LOG_DEVIATION`.
    """
    if not level.count:
        return Level(mean_log=log_ratio, count=1.0)
    count = min(level.count + 1.0, MAX_LEVEL_COUNT)
    deviation = min(max(log_ratio - level.mean_log, -MAX_LOG_DEVIATION), MAX_LOG_DEVIATION)
    return Level(mean_log=level.mean_log + deviation / count, count=count)


def update_spread(spread: Spread, residual: float) -> Spread:
    """Return the offsets after one more residual."""
    step = find_quantile_step(spread.count)
    low_offset, high_offset = move_offsets(spread.low_offset, spread.high_offset, residual, step)
    return Spread(low_offset=low_offset, high_offset=high_offset, count=min(spread.count + 1.0, SETTLED_AT))


def find_quantile_step(count: float) -> float:
    """Return the step of the offsets after `count` residuals, in logs.

    It falls with the count, so that the prior is left soon, and then stays, so that old residuals fade out.
    """
    weight = SETTLED_AT / (FIRST_STEP_FACTOR - 1.0)
    return QUANTILE_STEP * max(FIRST_STEP_FACTOR * weight / (count + weight), 1.0)


def _changes_of_durations(statistics: LaneStatistics, leg: FinishedLeg) -> dict[str, Statistic]:
    """Return the changed duration statistics: dwell at the origin; of a last mile also tour and stop."""
    return {
        key: add_duration(durations_at(statistics, key, typical), typical, minutes)
        for key, typical, minutes in _observed_durations(leg)
    }


def _observed_durations(leg: FinishedLeg) -> list[tuple[str, TypicalDuration, float]]:
    """Return (key, typical duration, observed minutes) for each duration that the leg shows."""
    durations: list[tuple[str, TypicalDuration, float]] = []
    if leg.is_collected:
        return durations
    if leg.dwelt_min is not None:
        durations.append((dwell_key(leg.origin), TYPICAL_DWELL, leg.dwelt_min))
    if not leg.is_last_mile:
        return durations
    durations.append((tour_key(leg.origin), TYPICAL_TOUR, leg.minutes))
    if leg.stops_ahead:
        stops = leg.stops_ahead
        driving_min = drive_minutes((stops + 1) * KM_PER_STOP, leg.departed_at)
        minutes_per_stop = max((leg.minutes - driving_min) / stops, MIN_MINUTES_PER_STOP)
        durations.append((stop_key(leg.origin, leg.departed_at), TYPICAL_STOP, minutes_per_stop))
    return durations


def _changes_of_promises(statistics: LaneStatistics, leg: FinishedLeg) -> dict[str, Statistic]:
    """Return the changed histograms of kept promises by key; none for a leg without a promise."""
    return {key: promises_at(statistics, key).add(residual) for key, residual in _list_promises(leg).items()}


def _list_promises(leg: FinishedLeg) -> dict[str, float]:
    """Return ln(time to the attempt / time promised) for each key of promises that learns from it."""
    if leg.booked_at is None or leg.promised_at is None:
        return {}
    residual = measure_promise(leg.booked_at, leg.promised_at, leg.arrived_at)
    keys = promise_keys(leg.origin, leg.booked_at, leg.promised_at)
    return {} if residual is None else dict.fromkeys(keys, residual)


def _list_taught(profile: LegProfile) -> list[LegProfile]:
    """Return the leg as all vehicles learn from it, and as its class does if it has one.

    Before a departure the vehicle is not known, and a new class has no history: both use all vehicles.
    """
    of_all = profile.of_all_classes
    return [of_all] if profile == of_all else [of_all, profile]


def _list_levels(profile: LegProfile) -> list[str]:
    """Return the keys of the levels that learn from a leg, without that of all legs."""
    keys = [*map(class_key, _list_taught(profile)), hub_key(profile), lane_key(profile)]
    return keys if profile.vehicle_class == ANY_CLASS else [*keys, lane_class_key(profile)]


def _changes_of_ratio(statistics: LaneStatistics, leg: FinishedLeg) -> dict[str, Statistic]:
    """Return the changed levels of the leg's travel-time ratio by key."""
    profile, log_ratio = leg.profile, math.log(leg.minutes / leg.base_min)
    all_legs = global_level(statistics, profile.base_from)
    count = min(all_legs.count + 1.0, MAX_GLOBAL_COUNT)
    mean_log = all_legs.mean_log + (log_ratio - all_legs.mean_log) / count
    changed: dict[str, Statistic] = {
        key: update_level(level_at(statistics, key), log_ratio) for key in _list_levels(profile)
    }
    changed[global_key(profile.base_from)] = Level(mean_log=mean_log, count=count)
    return changed


def _changes_of_error(statistics: LaneStatistics, leg: FinishedLeg) -> dict[str, Statistic]:
    """Return the changed offsets and residuals of the prediction at departure by key."""
    if not leg.spread_key:
        # The leg ended at another hub than predicted: there is no prediction to compare with.
        return {}
    residual = math.log(leg.minutes / leg.base_min) - leg.log_ratio
    residuals_key = departure_residuals_key(leg.base_from, bucket_of(leg.base_min))
    return {
        leg.spread_key: update_spread(spread_at(statistics, leg.spread_key), residual),
        residuals_key: residuals_at(statistics, residuals_key).add(residual),
    }


def _changes_of_error_under_way(
    statistics: LaneStatistics, leg: FinishedLeg, prediction: QuarterPrediction
) -> dict[str, Statistic]:
    """Return the changed offsets and residuals of a prediction under way by key."""
    log_ratio = _measure_rest(leg, prediction)
    if log_ratio is None:
        return {}
    bucket = bucket_of(leg.base_min)
    residual = log_ratio - prediction.log_ratio
    spread_key = under_way_spread_key(leg.base_from, bucket, prediction.quarter)
    residuals_key = under_way_residuals_key(leg.base_from, bucket, prediction.quarter)
    return {
        spread_key: update_spread(spread_at(statistics, spread_key, under_way=True), residual),
        residuals_key: residuals_at(statistics, residuals_key).add(residual),
    }


def _changes_of_widening(statistics: LaneStatistics, leg: FinishedLeg) -> dict[str, Statistic]:
    """Return the changed widenings by key: of the window at departure, and of those under way."""
    return {
        widening_key(key): update_widening(widening_at(statistics, key), is_inside=is_inside)
        for key, is_inside in _list_checked(leg)
    }


def _list_checked(leg: FinishedLeg) -> list[tuple[str, bool]]:
    """Return (residuals key, whether the arrival lay inside) for each stored window of the leg."""
    bucket = bucket_of(leg.base_min)
    checked = []
    if leg.spread_key and leg.low_offset is not None and leg.high_offset is not None:
        residual = math.log(leg.minutes / leg.base_min) - leg.log_ratio
        is_inside = leg.low_offset <= residual <= leg.high_offset
        checked.append((departure_residuals_key(leg.base_from, bucket), is_inside))
    for prediction in leg.under_way:
        low, high = prediction.low_offset, prediction.high_offset
        remained_min = (leg.arrived_at - prediction.at).total_seconds() / 60
        if low is None or high is None or remained_min <= 0 or prediction.base_min <= 0:
            continue
        residual = math.log(remained_min / prediction.base_min) - prediction.log_ratio
        key = under_way_residuals_key(leg.base_from, bucket, prediction.quarter)
        checked.append((key, low <= residual <= high))
    return checked


def _changes_of_pace(
    statistics: LaneStatistics, leg: FinishedLeg, prediction: QuarterPrediction
) -> dict[str, Statistic]:
    """Return the changed regressions of the rest on the pace by key: of all vehicles, and of the class."""
    log_ratio = _measure_rest(leg, prediction)
    if log_ratio is None or prediction.pace is None:
        return {}
    # Against the ratio of the whole leg, as it was before the pace was taken into account.
    rest = log_ratio - (prediction.log_ratio - prediction.adjustment)
    profile, quarter, pace = leg.profile, prediction.quarter, prediction.pace
    of_all = pace_at(statistics, profile.of_all_classes, quarter)
    changed: dict[str, Statistic] = {pace_key(profile.of_all_classes, quarter): of_all.add(pace, rest)}
    if profile.vehicle_class != ANY_CLASS:
        of_class = pace_at(statistics, profile, quarter)
        changed[pace_key(profile, quarter)] = of_class.add(pace, rest, of_all)
    return changed


def _measure_rest(leg: FinishedLeg, prediction: QuarterPrediction) -> float | None:
    """Return ln(actual / base) of the rest of a leg from a prediction on; None if nothing remained."""
    remained_min = (leg.arrived_at - prediction.at).total_seconds() / 60
    if remained_min <= 0 or prediction.base_min <= 0:
        return None
    return math.log(remained_min / prediction.base_min)
