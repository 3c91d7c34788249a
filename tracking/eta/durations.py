"""Duration statistics of dwell at a hub, loading to delivery, and one stop; as logs of minutes."""

import math
from collections.abc import Mapping
from datetime import datetime
from functools import cache, lru_cache

import msgspec

from tracking.domain.indian_time import INDIA
from tracking.domain.value import Struct
from tracking.eta.spans import Span, make_span

# Weight of the typical duration against the learned mean, as a number of observations.
PRIOR_WEIGHT = 8.0
# Cap on the count of observations, so that old ones fade out of the mean.
MAX_COUNT = 40.0
# Step of a quantile offset per observation, in logs.
QUANTILE_STEP = 0.04
# Least distance of a quantile offset from the middle, in logs.
MIN_OFFSET = 0.02
# Observed durations are cut to this range.
MIN_MINUTES = 1.0
MAX_MINUTES = 1440.0
# Least minutes at one stop, if the drive alone would explain nearly all of the tour.
MIN_MINUTES_PER_STOP = 0.5
DAY_PART_H = 4


class TypicalDuration(Struct, frozen=True, cache_hash=True):
    """P10, P50 and P90 in minutes, used before anything has been learned."""

    p10: float
    p50: float
    p90: float


# Typical of Indian hubs, as in `hub_dwell_min` of `laboratory/simulator/parameters.py`.
TYPICAL_DWELL = TypicalDuration(p10=10.0, p50=29.0, p90=143.0)
# From loading to the recipient, without a manifest.
TYPICAL_TOUR = TypicalDuration(p10=30.0, p50=150.0, p90=420.0)
# At one stop, driving left out.
TYPICAL_STOP = TypicalDuration(p10=1.8, p50=4.8, p90=10.0)
# By the letter in the key: `lane#d#`, `lane#t#`, `lane#s#`.
_TYPICAL = {"d": TYPICAL_DWELL, "t": TYPICAL_TOUR, "s": TYPICAL_STOP}


class DurationStatistics(Struct, frozen=True, cache_hash=True):
    """Mean of ln(minutes) over `count` observations, and the offsets of P10 and P90 from it in logs."""

    # Stored under short names.
    mean_log: float = msgspec.field(name="v")
    count: float = msgspec.field(name="n")
    low_offset: float = msgspec.field(name="l10")
    high_offset: float = msgspec.field(name="l90")


def dwell_key(hub_id: str) -> str:
    """Return the key of the dwell statistics of a hub."""
    return f"lane#d#{hub_id}"


def tour_key(hub_id: str) -> str:
    """Return the key of the durations from loading at a hub to the recipient."""
    return f"lane#t#{hub_id}"


def stop_key(hub_id: str, at: datetime) -> str:
    """Return the key of minutes per stop of tours from a hub, by the part of the Indian day (six of 4 h)."""
    return f"lane#s#{hub_id}#{at.astimezone(INDIA).hour // DAY_PART_H}"


def stop_keys(hub_id: str) -> tuple[str, ...]:
    """Return the keys of minutes per stop of tours from a hub for every part of the day."""
    return tuple(f"lane#s#{hub_id}#{part}" for part in range(24 // DAY_PART_H))


@cache
def unlearned_statistics(typical: TypicalDuration) -> DurationStatistics:
    """Return statistics without observations, whose quantiles are the typical ones."""
    middle = math.log(typical.p50)
    return DurationStatistics(
        mean_log=middle,
        count=0.0,
        low_offset=math.log(typical.p10) - middle,
        high_offset=math.log(typical.p90) - middle,
    )


def durations_at(
    statistics: Mapping[str, object], key: str, typical: TypicalDuration | None = None
) -> DurationStatistics:
    """Return the statistics of a key; without any, those of the typical duration of its kind."""
    durations = statistics.get(key)
    if isinstance(durations, DurationStatistics):
        return durations
    return unlearned_statistics(typical or _TYPICAL[key.removeprefix("lane#")[0]])


def predict_log_minutes(durations: DurationStatistics, typical: TypicalDuration) -> float:
    """Return the expected ln(minutes): the learned mean, shrunk towards the typical duration.

    Weighted mean with `PRIOR_WEIGHT` pseudo-observations of the prior (credibility weighting).
    """
    prior = math.log(typical.p50) * PRIOR_WEIGHT
    return (durations.mean_log * durations.count + prior) / (durations.count + PRIOR_WEIGHT)


# Cached because the parcels of a batch share the statistics of a few hubs.
@lru_cache(4096)
def predict_duration(durations: DurationStatistics, typical: TypicalDuration) -> Span:
    """Return P10, P50 and P90 of the expected minutes."""
    return make_span(
        math.exp(predict_log_minutes(durations, typical)), durations.low_offset, durations.high_offset
    )


def add_duration(
    durations: DurationStatistics, typical: TypicalDuration, minutes: float
) -> DurationStatistics:
    """Return the statistics after one more observed duration."""
    log_minutes = math.log(min(max(minutes, MIN_MINUTES), MAX_MINUTES))
    residual = log_minutes - predict_log_minutes(durations, typical)
    count = min(durations.count + 1.0, MAX_COUNT)
    low_offset, high_offset = move_offsets(durations.low_offset, durations.high_offset, residual)
    return DurationStatistics(
        mean_log=durations.mean_log + (log_minutes - durations.mean_log) / count,
        count=count,
        low_offset=low_offset,
        high_offset=high_offset,
    )


def move_offsets(
    low_offset: float, high_offset: float, residual: float, step: float = QUANTILE_STEP
) -> tuple[float, float]:
    """Return the offsets of P10 and P90 in logs after one more residual (stochastic approximation).

    Each offset moves up by step * share or, if the residual lies below it, down by step * (1 - share): so it
    settles where that share of the residuals lies below it.
    """
    low_offset += step * (0.1 - (residual < low_offset))
    high_offset += step * (0.9 - (residual < high_offset))
    return min(low_offset, -MIN_OFFSET), max(high_offset, MIN_OFFSET)
