"""Lane statistics: travel-time ratios by level, quantile offsets and residuals by length, and their keys."""

import math
from bisect import bisect_right
from collections.abc import Mapping
from functools import lru_cache
from typing import Literal, NamedTuple

import msgspec

from tracking.domain.delay import LEARNED_ENOUGH, LEARNED_OF_CLASS
from tracking.domain.legs import ANY_CLASS, BaseFrom, LegProfile
from tracking.domain.value import Struct
from tracking.eta.conformal import Widening, widening_at
from tracking.eta.durations import DurationStatistics
from tracking.eta.once_per_batch import once_per_batch
from tracking.eta.pace import UNLEARNED_PACE, UNLEARNED_PACE_OF_CLASS, PaceRegression
from tracking.eta.quality import QualityWeek
from tracking.eta.residuals import Residuals, prior_residuals

LevelName = Literal["lane", "hub", "class", "global"]

# Prior of ln(actual / base): real time is about twice free flow on Indian roads. Planned minutes share the
# prior; a few legs correct it.
PRIOR_LOG_RATIO = math.log(2.1)
# Weight of that prior, as a number of legs.
RATIO_PRIOR_LEGS = 5.0
# Weight of the level above against a level's own mean, as a number of legs.
CLASS_WEIGHT = 20.0
HUB_WEIGHT = 6.0
LANE_WEIGHT = 3.0
# Weight of all vehicles of a lane against those of one class, as a number of legs.
LANE_CLASS_WEIGHT = 12.0
# Offsets of P10 and P90 of a whole leg before anything is learned, in logs.
DEPARTURE_LOW_OFFSET = -0.45
DEPARTURE_HIGH_OFFSET = 0.60
# The same for the rest of a leg under way.
UNDER_WAY_LOW_OFFSET = -0.35
UNDER_WAY_HIGH_OFFSET = 0.60
# Legs from which on the offsets move by the same small step. The first legs move them three times as far: no
# prior fits all lengths and lanes.
SETTLED_AT = 40.0
# Number of legs from which on a prediction is said to rest on a level.
KNOWN_FROM = 3.0
# Legs of a lane from which on its familiarity is 1 and 2.
FAMILIAR_FROM = (1.0, 6.0)


class Level(Struct, frozen=True):
    """Mean of ln(actual / base) over `count` legs, of one level of the hierarchy."""

    # Stored under short names.
    mean_log: float = msgspec.field(default=0.0, name="v")
    count: float = msgspec.field(default=0.0, name="n")


class Spread(Struct, frozen=True):
    """Offsets of P10 and P90 from the middle, in logs, and the number of legs they were learned from.

    The count ends at `SETTLED_AT`, which also stands for offsets that were stored without a count.
    """

    # Stored under short names.
    low_offset: float = msgspec.field(default=DEPARTURE_LOW_OFFSET, name="l10")
    high_offset: float = msgspec.field(default=DEPARTURE_HIGH_OFFSET, name="l90")
    count: float = msgspec.field(default=SETTLED_AT, name="n")


class Plan(Struct, frozen=True):
    """Planned minutes of a lane."""

    planned_minutes: float


class ImportedFile(Struct, frozen=True):
    """File of finished legs that was imported, and the number of legs learned from it."""

    imported_legs: int


Statistic = (
    Level
    | Spread
    | Residuals
    | DurationStatistics
    | Plan
    | Widening
    | QualityWeek
    | ImportedFile
    | PaceRegression
)
# Statistics by key; a missing key stands for its prior.
LaneStatistics = Mapping[str, Statistic]


class RatioPrediction(NamedTuple):
    """Prediction of ln(actual / base) of a leg, with the offsets of its P10 and P90 in logs.

    `spread_key` is the key of the offsets. `level` is the deepest level with at least three legs, `legs` its
    number of them.
    """

    log_ratio: float
    low_offset: float
    high_offset: float
    spread_key: str
    level: LevelName
    legs: float


# Kinds of keys, by what follows `lane#`: g all legs, c legs of a length, h hub, p lane, v class on a lane,
# q offsets, r residuals, w widening, o pace, d dwell, t tour, s stop, k quality, b promises of a hub,
# a promises of a part of the day and a time allowed, plan the planned minutes, file an imported file. After
# the first nine comes the source of the base minutes, `p` or `d` (`BaseFrom`). An end `#t0` to `#t3` is the
# quarter of a leg under way.


def global_key(base_from: BaseFrom) -> str:
    """Return the key of the travel-time ratio over all legs."""
    return f"lane#g#{base_from}"


def class_key(profile: LegProfile) -> str:
    """Return the key of the ratio of legs of this length, by vehicle class; `any` stands for all vehicles."""
    return f"lane#c#{profile.base_from}#{profile.vehicle_class}#{profile.bucket}"


def hub_key(profile: LegProfile) -> str:
    """Return the key of the ratio of legs of this length into this hub."""
    return f"lane#h#{profile.base_from}#{profile.destination}#{profile.bucket}"


def lane_key(profile: LegProfile) -> str:
    """Return the key of the ratio of the lane itself; its finished legs are stored under it too."""
    return f"lane#p#{profile.base_from}#{profile.origin}#{profile.destination}"


def lane_class_key(profile: LegProfile) -> str:
    """Return the key of the ratio of the lane by vehicles of this class alone."""
    return f"lane#v#{profile.base_from}#{profile.origin}#{profile.destination}#{profile.vehicle_class}"


def departure_spread_key(base_from: BaseFrom, bucket: int, familiarity: int) -> str:
    """Return the key of the offsets at departure, by the familiarity of the lane (0 to 2)."""
    return f"lane#q#{base_from}#{bucket}#{familiarity}"


def under_way_spread_key(base_from: BaseFrom, bucket: int, quarter: int) -> str:
    """Return the key of the offsets under way, by the quarter of the leg (0 to 3)."""
    return f"lane#q#{base_from}#{bucket}#t{quarter}"


@lru_cache(256)
def departure_residuals_key(base_from: BaseFrom, bucket: int) -> str:
    """Return the key of the residuals at departure."""
    return f"lane#r#{base_from}#{bucket}"


@lru_cache(256)
def under_way_residuals_key(base_from: BaseFrom, bucket: int, quarter: int) -> str:
    """Return the key of the residuals under way."""
    return f"lane#r#{base_from}#{bucket}#t{quarter}"


def pace_key(profile: LegProfile, quarter: int) -> str:
    """Return the key of what the pace so far is worth, by class, length and quarter of the leg (0 to 3)."""
    return f"lane#o#{profile.base_from}#{profile.vehicle_class}#{profile.bucket}#t{quarter}"


def plan_key(origin: str, destination: str) -> str:
    """Return the key of the planned minutes of a lane."""
    return f"lane#plan#{origin}#{destination}"


def file_key(content_hash: str) -> str:
    """Return the key under which an imported file is remembered."""
    return f"lane#file#{content_hash}"


def list_residuals_keys(base_from: BaseFrom, bucket: int) -> list[str]:
    """Return the keys of the residuals of a length bucket: at departure, and of each quarter under way."""
    under_way = (under_way_residuals_key(base_from, bucket, quarter) for quarter in range(4))
    return [departure_residuals_key(base_from, bucket), *under_way]


def level_at(statistics: LaneStatistics, key: str) -> Level:
    """Return the level of a key; one without legs if nothing is stored."""
    level = statistics.get(key)
    return level if isinstance(level, Level) else Level()


def global_level(statistics: LaneStatistics, base_from: BaseFrom) -> Level:
    """Return the level over all legs with base minutes of this source, or its prior."""
    level = statistics.get(global_key(base_from))
    return level if isinstance(level, Level) else Level(mean_log=PRIOR_LOG_RATIO, count=RATIO_PRIOR_LEGS)


def spread_at(statistics: LaneStatistics, key: str, *, under_way: bool = False) -> Spread:
    """Return the offsets of a key, or their prior."""
    spread = statistics.get(key)
    if isinstance(spread, Spread):
        return spread
    if under_way:
        return Spread(low_offset=UNDER_WAY_LOW_OFFSET, high_offset=UNDER_WAY_HIGH_OFFSET, count=0.0)
    return Spread(count=0.0)


def widened_spread_at(
    statistics: LaneStatistics, spread_key: str, residuals_key: str, *, under_way: bool = False
) -> Spread:
    """Return the offsets that windows are made with: those learned, times the conformal widening."""
    spread = spread_at(statistics, spread_key, under_way=under_way)
    factor = widening_at(statistics, residuals_key).factor
    return Spread(low_offset=spread.low_offset * factor, high_offset=spread.high_offset * factor)


def residuals_at(statistics: LaneStatistics, key: str) -> Residuals:
    """Return the residuals of a key, or their prior."""
    residuals = statistics.get(key)
    return residuals if isinstance(residuals, Residuals) else prior_residuals()


def pace_at(statistics: LaneStatistics, profile: LegProfile, quarter: int) -> PaceRegression:
    """Return what vehicles of the profile's class alone have taught of the pace; unlearned if nothing."""
    regression = statistics.get(pace_key(profile, quarter))
    if isinstance(regression, PaceRegression):
        return regression
    return UNLEARNED_PACE if profile.vehicle_class == ANY_CLASS else UNLEARNED_PACE_OF_CLASS


@once_per_batch
def predict_ratio(statistics: LaneStatistics, profile: LegProfile) -> RatioPrediction:
    """Return the travel-time ratio of a leg: the mean of each level, shrunk towards that of the level above.

    Levels are all legs, legs of this length, legs of this length into the hub, the lane. Each is the weighted
    mean of its own legs and a fixed number of pseudo-legs of the level above (hierarchical credibility
    weighting). Each is that of all vehicles; to the length and to the lane is added by how much the class of
    the vehicle differs there.
    """
    all_legs = global_level(statistics, profile.base_from)
    of_lane = level_at(statistics, lane_key(profile))
    of_length = level_at(statistics, class_key(profile.of_all_classes))
    levels: tuple[tuple[LevelName, Level, float], ...] = (
        ("class", of_length, CLASS_WEIGHT),
        ("hub", level_at(statistics, hub_key(profile)), HUB_WEIGHT),
        ("lane", of_lane, LANE_WEIGHT),
    )
    log_ratio, legs = all_legs.mean_log, all_legs.count
    deepest: LevelName = "global"
    of_class, of_class_on_lane = _find_differences(statistics, profile, of_length, of_lane)
    for name, level, weight in levels:
        log_ratio = (level.mean_log * level.count + log_ratio * weight) / (level.count + weight)
        log_ratio += of_class if name == "class" else 0.0
        if level.count >= KNOWN_FROM:
            deepest, legs = name, level.count
    log_ratio += of_class_on_lane
    spread_key = departure_spread_key(profile.base_from, profile.bucket, familiarity_of(of_lane.count))
    residuals_key = departure_residuals_key(profile.base_from, profile.bucket)
    spread = widened_spread_at(statistics, spread_key, residuals_key)
    return RatioPrediction(
        log_ratio=log_ratio,
        low_offset=spread.low_offset,
        high_offset=spread.high_offset,
        spread_key=spread_key,
        level=deepest,
        legs=legs,
    )


def _find_differences(
    statistics: LaneStatistics, profile: LegProfile, of_length: Level, of_lane: Level
) -> tuple[float, float]:
    """Return by how much the class differs from all vehicles, on legs of this length and on the lane."""
    if profile.vehicle_class == ANY_CLASS:
        return 0.0, 0.0
    return (
        _shrink_difference(level_at(statistics, class_key(profile)), of_length, CLASS_WEIGHT),
        _shrink_difference(level_at(statistics, lane_class_key(profile)), of_lane, LANE_CLASS_WEIGHT),
    )


def _shrink_difference(of_class: Level, of_all: Level, weight: float) -> float:
    """Return the difference of the means, shrunk towards 0 by `weight` pseudo-legs without any difference."""
    if not of_class.count or not of_all.count:
        return 0.0
    return (of_class.mean_log - of_all.mean_log) * of_class.count / (of_class.count + weight)


@once_per_batch
def is_class_learned(statistics: LaneStatistics, profile: LegProfile) -> bool:
    """Return whether enough legs, and enough of this length, are learned for a chance to be trusted.

    Legs of all vehicles count, since a class borrows from them.
    """
    of_length = level_at(statistics, class_key(profile.of_all_classes)).count
    return (
        of_length >= LEARNED_OF_CLASS and global_level(statistics, profile.base_from).count >= LEARNED_ENOUGH
    )


def familiarity_of(legs: float) -> int:
    """Return how well a lane is known: 0 without legs, 1 below six legs, else 2."""
    return bisect_right(FAMILIAR_FROM, legs)
