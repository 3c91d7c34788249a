"""Lane statistics: travel-time ratios by level, quantile offsets and residuals by length, and their keys."""

import math
from collections.abc import Mapping
from typing import Literal, NamedTuple

from tracking.domain.legs import Basis, LegProfile
from tracking.domain.value import Struct
from tracking.eta.dwell import DurationStatistics
from tracking.eta.residuals import Residuals, prior_residuals

Depth = Literal["lane", "hub", "class", "global"]

# Prior of ln(actual / base) and its weight in legs: real time is about twice free flow on Indian roads.
# Planned minutes share the prior; a few legs correct it.
PRIOR_LOG_RATIO, PRIOR_LEGS = math.log(2.1), 5.0
# Weight of the level above against a level's own mean, as a number of legs.
CLASS_WEIGHT, HUB_WEIGHT, LANE_WEIGHT = 20.0, 6.0, 3.0
# Offsets of P10 and P90 in logs before anything is learned, at departure and under way.
START_L10, START_L90 = -0.45, 0.60
UNDER_WAY_L10, UNDER_WAY_L90 = -0.35, 0.60
# Number of legs from which on a level is named as the basis of a prediction.
KNOWN_FROM = 3.0


class Level(Struct, frozen=True):
    """Mean `v` of ln(actual / base) over `n` legs, of one level of the hierarchy."""

    v: float = 0.0
    n: float = 0.0


class Spread(Struct, frozen=True):
    """Offsets of P10 and P90 from the middle, in logs."""

    l10: float = START_L10
    l90: float = START_L90


class Plan(Struct, frozen=True):
    """Planned minutes of a lane."""

    planned_minutes: float


Statistic = Level | Spread | Residuals | DurationStatistics | Plan
# Statistics by key; a missing key stands for its prior.
LaneStatistics = Mapping[str, Statistic]


class TravelTimeRatio(NamedTuple):
    """Predicted travel-time ratio: `mu` is ln(actual / base), `l10` and `l90` are the offsets of P10 and P90.

    `group` is the key of the offsets. `depth` is the deepest level with at least three legs, `n` its number
    of legs.
    """

    mu: float
    l10: float
    l90: float
    group: str
    depth: Depth
    n: float


def global_key(basis: Basis) -> str:
    """Return the key of the travel-time ratio over all legs."""
    return f"lane#g#{basis}"


def class_key(profile: LegProfile) -> str:
    """Return the key of the ratio of a vehicle class on legs of this length."""
    return f"lane#c#{profile.basis}#{profile.vehicle_class}#{profile.bucket}"


def hub_key(profile: LegProfile) -> str:
    """Return the key of the ratio of legs of this length into this hub."""
    return f"lane#h#{profile.basis}#{profile.destination}#{profile.bucket}"


def lane_key(profile: LegProfile) -> str:
    """Return the key of the ratio of the lane itself; its finished legs are stored under it too."""
    return f"lane#p#{profile.basis}#{profile.origin}#{profile.destination}"


def spread_key(basis: Basis, bucket: int, familiarity: int) -> str:
    """Return the key of the offsets at departure, by the familiarity of the lane (0 to 2)."""
    return f"lane#q#{basis}#{bucket}#{familiarity}"


def under_way_spread_key(basis: Basis, bucket: int, quarter: int) -> str:
    """Return the key of the offsets under way, by the quarter of the leg (0 to 3)."""
    return f"lane#q#{basis}#{bucket}#t{quarter}"


def residuals_key(basis: Basis, bucket: int) -> str:
    """Return the key of the residuals at departure."""
    return f"lane#r#{basis}#{bucket}"


def under_way_residuals_key(basis: Basis, bucket: int, quarter: int) -> str:
    """Return the key of the residuals under way."""
    return f"lane#r#{basis}#{bucket}#t{quarter}"


def plan_key(origin: str, destination: str) -> str:
    """Return the key of the planned minutes of a lane."""
    return f"lane#plan#{origin}#{destination}"


def list_keys(profile: LegProfile) -> list[str]:
    """Return every key that a prediction of this leg may read."""
    basis, bucket = profile.basis, profile.bucket
    return [
        global_key(basis),
        class_key(profile),
        hub_key(profile),
        lane_key(profile),
        *(spread_key(basis, bucket, familiarity) for familiarity in range(3)),
        *(under_way_spread_key(basis, bucket, quarter) for quarter in range(4)),
        residuals_key(basis, bucket),
        *(under_way_residuals_key(basis, bucket, quarter) for quarter in range(4)),
    ]


def read_level(statistics: LaneStatistics, key: str) -> Level:
    """Return the level of a key; one without legs if nothing is stored."""
    level = statistics.get(key)
    return level if isinstance(level, Level) else Level()


def read_global(statistics: LaneStatistics, basis: Basis) -> Level:
    """Return the level over all legs of a basis, or its prior."""
    level = statistics.get(global_key(basis))
    return level if isinstance(level, Level) else Level(v=PRIOR_LOG_RATIO, n=PRIOR_LEGS)


def read_spread(statistics: LaneStatistics, key: str, *, under_way: bool = False) -> Spread:
    """Return the offsets of a key, or their prior."""
    spread = statistics.get(key)
    if isinstance(spread, Spread):
        return spread
    return Spread(l10=UNDER_WAY_L10, l90=UNDER_WAY_L90) if under_way else Spread()


def read_residuals(statistics: LaneStatistics, key: str) -> Residuals:
    """Return the residuals of a key, or their prior."""
    residuals = statistics.get(key)
    return residuals if isinstance(residuals, Residuals) else prior_residuals()


def predict_ratio(statistics: LaneStatistics, profile: LegProfile) -> TravelTimeRatio:
    """Return the travel-time ratio of a leg: the mean of each level, shrunk towards that of the level above.

    Levels are all legs, vehicle class, destination hub, lane. Each is the weighted mean of its own legs and a
    fixed number of pseudo-legs of the level above (hierarchical credibility weighting).
    """
    all_legs = read_global(statistics, profile.basis)
    levels = (
        ("class", read_level(statistics, class_key(profile)), CLASS_WEIGHT),
        ("hub", read_level(statistics, hub_key(profile)), HUB_WEIGHT),
        ("lane", read_level(statistics, lane_key(profile)), LANE_WEIGHT),
    )
    mu, depth, legs = all_legs.v, "global", all_legs.n
    for name, level, weight in levels:
        mu = (level.v * level.n + mu * weight) / (level.n + weight)
        if level.n >= KNOWN_FROM:
            depth, legs = name, level.n
    group = spread_key(profile.basis, profile.bucket, familiarity_of(levels[-1][1].n))
    spread = read_spread(statistics, group)
    return TravelTimeRatio(mu, spread.l10, spread.l90, group, depth, legs)  # type: ignore[arg-type]


def familiarity_of(legs: float) -> int:
    """Return how well a lane is known: 0 without legs, 1 below six legs, else 2."""
    return 0 if legs < 1 else 1 if legs < 6 else 2
