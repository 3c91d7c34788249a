"""What is known of lanes: pace by level, spread and residuals by length, and how a prediction reads them."""

import math
from collections.abc import Mapping
from typing import Literal, NamedTuple

from tracking.domain.legs import Basis, Run
from tracking.domain.value import Struct
from tracking.eta.dwell import DwellStatistics
from tracking.eta.residuals import Residuals, prior_residuals

Depth = Literal["lane", "hub", "class", "global"]

# Real time is typically twice free flow; a few legs turn it into whatever the plans are worth.
PRIOR_PACE, PRIOR_LEGS = math.log(2.1), 5.0
# How many legs of the level above a level's own legs are weighed against.
CLASS_WEIGHT, HUB_WEIGHT, LANE_WEIGHT = 20.0, 6.0, 3.0
# The offsets of P10 and P90 to begin with, at departure and under way.
START_L10, START_L90 = -0.45, 0.60
UNDER_WAY_L10, UNDER_WAY_L90 = -0.35, 0.60
# From so many legs on, a level is worth naming as what a prediction rests on.
KNOWN_FROM = 3.0


class Level(Struct, frozen=True):
    """A running mean of logs with the number of legs behind it."""

    v: float = 0.0
    n: float = 0.0


class Spread(Struct, frozen=True):
    """The offsets from the middle to P10 and P90, in logs."""

    l10: float = START_L10
    l90: float = START_L90


class Plan(Struct, frozen=True):
    """The minutes somebody planned for a lane."""

    planned_minutes: float


Statistic = Level | Spread | Residuals | DwellStatistics | Plan
# By key; a key that is absent has its prior.
LaneStatistics = Mapping[str, Statistic]


class TravelTimeRatio(NamedTuple):
    """A predicted pace: `mu` is ln(actual / base), with the offsets to P10 and P90 and their table's key.

    `depth` is the deepest level that knows at least three legs, `n` the number of legs it knows.
    """

    mu: float
    l10: float
    l90: float
    group: str
    depth: Depth
    n: float


def global_key(basis: Basis) -> str:
    """The key of the pace of everything."""
    return f"lane#g#{basis}"


def class_key(run: Run) -> str:
    """The key of the pace of a class of vehicles on legs of this length."""
    return f"lane#c#{run.basis}#{run.vehicle_class}#{run.bucket}"


def hub_key(run: Run) -> str:
    """The key of the pace of legs of this length into this hub."""
    return f"lane#h#{run.basis}#{run.destination}#{run.bucket}"


def lane_key(run: Run) -> str:
    """The key of the pace of the lane itself; its legs are kept under it too."""
    return f"lane#p#{run.basis}#{run.origin}#{run.destination}"


def spread_key(basis: Basis, bucket: int, familiarity: int) -> str:
    """The key of the offsets at departure, by how well the lane is known (0 to 2)."""
    return f"lane#q#{basis}#{bucket}#{familiarity}"


def under_way_spread_key(basis: Basis, bucket: int, quarter: int) -> str:
    """The key of the offsets under way, by the quarter of the way that is done (0 to 3)."""
    return f"lane#q#{basis}#{bucket}#t{quarter}"


def residuals_key(basis: Basis, bucket: int) -> str:
    """The key of the residuals at departure."""
    return f"lane#r#{basis}#{bucket}"


def under_way_residuals_key(basis: Basis, bucket: int, quarter: int) -> str:
    """The key of the residuals under way."""
    return f"lane#r#{basis}#{bucket}#t{quarter}"


def plan_key(origin: str, destination: str) -> str:
    """The key of the minutes planned for a lane."""
    return f"lane#plan#{origin}#{destination}"


def keys_of(run: Run) -> list[str]:
    """Every key a prediction of this run may ask for."""
    basis, bucket = run.basis, run.bucket
    return [
        global_key(basis),
        class_key(run),
        hub_key(run),
        lane_key(run),
        *(spread_key(basis, bucket, familiarity) for familiarity in range(3)),
        *(under_way_spread_key(basis, bucket, quarter) for quarter in range(4)),
        residuals_key(basis, bucket),
        *(under_way_residuals_key(basis, bucket, quarter) for quarter in range(4)),
    ]


def read_level(book: LaneStatistics, key: str) -> Level:
    """The level of a key; nothing known yet is a level of no legs."""
    level = book.get(key)
    return level if isinstance(level, Level) else Level()


def read_global(book: LaneStatistics, basis: Basis) -> Level:
    """The pace of everything, or its prior."""
    level = book.get(global_key(basis))
    return level if isinstance(level, Level) else Level(v=PRIOR_PACE, n=PRIOR_LEGS)


def read_spread(book: LaneStatistics, key: str, *, under_way: bool = False) -> Spread:
    """The offsets of a key, or where they start."""
    spread = book.get(key)
    if isinstance(spread, Spread):
        return spread
    return Spread(l10=UNDER_WAY_L10, l90=UNDER_WAY_L90) if under_way else Spread()


def read_residuals(book: LaneStatistics, key: str) -> Residuals:
    """The residuals of a key, or their prior."""
    residuals = book.get(key)
    return residuals if isinstance(residuals, Residuals) else prior_residuals()


def predict_ratio(book: LaneStatistics, run: Run) -> TravelTimeRatio:
    """The pace of a run: each level's mean, shrunk towards the level above by how few legs it knows."""
    everything = read_global(book, run.basis)
    levels = (
        ("class", read_level(book, class_key(run)), CLASS_WEIGHT),
        ("hub", read_level(book, hub_key(run)), HUB_WEIGHT),
        ("lane", read_level(book, lane_key(run)), LANE_WEIGHT),
    )
    mu, depth, known = everything.v, "global", everything.n
    for name, level, weight in levels:
        mu = (level.v * level.n + mu * weight) / (level.n + weight)
        if level.n >= KNOWN_FROM:
            depth, known = name, level.n
    group = spread_key(run.basis, run.bucket, familiarity_of(levels[-1][1].n))
    spread = read_spread(book, group)
    return TravelTimeRatio(mu, spread.l10, spread.l90, group, depth, known)  # type: ignore[arg-type]


def familiarity_of(legs: float) -> int:
    """How well a lane is known: 0 not at all, 1 by fewer than six legs, 2 by more."""
    return 0 if legs < 1 else 1 if legs < 6 else 2
