"""Duration statistics: dwell at a hub, time from loading to a door, minutes per stop; as logs of minutes."""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

from tracking.domain.value import Struct
from tracking.eta.spans import Span, make_span

# Weight of the typical duration against the learned mean, as a number of observations.
PRIOR_WEIGHT = 8.0
# Cap on the count of observations, so that old ones fade out of the mean.
MAX_COUNT = 40.0
# Step of a quantile offset per observation (in logs), and its least distance from the middle.
QUANTILE_STEP, MIN_OFFSET = 0.04, 0.02
MIN_MINUTES, MAX_MINUTES = 1.0, 1440.0
INDIA = timezone(timedelta(hours=5, minutes=30))
DAY_PART_H = 4


class TypicalDuration(Struct, frozen=True):
    """P10, P50 and P90 in minutes, used before anything has been learned."""

    p10: float
    p50: float
    p90: float


# Typical of Indian hubs, as in `hub_dwell_min` of `laboratory/simulator/parameters.py`.
DWELL = TypicalDuration(p10=10.0, p50=29.0, p90=143.0)
# From loading to a door, without a manifest.
TOUR = TypicalDuration(p10=30.0, p50=150.0, p90=420.0)
STOP = TypicalDuration(p10=1.8, p50=4.8, p90=10.0)
# By the sixth character of a key: `lane#d#`, `lane#t#`, `lane#s#`.
_TYPICAL = {"d": DWELL, "t": TOUR, "s": STOP}


class DurationStatistics(Struct, frozen=True):
    """Mean `v` of ln(minutes) over `n` observations, and the offsets of P10 and P90 from it in logs."""

    v: float
    n: float
    l10: float
    l90: float


def dwell_key(hub_id: str) -> str:
    """Return the key of the dwell statistics of a hub."""
    return f"lane#d#{hub_id}"


def tour_key(hub_id: str) -> str:
    """Return the key of the durations from loading at a hub to a door."""
    return f"lane#t#{hub_id}"


def stop_key(zone: str, at: datetime) -> str:
    """Return the key of minutes per stop in a zone, by the part of the Indian day (six of four hours)."""
    return f"lane#s#{zone}#{at.astimezone(INDIA).hour // DAY_PART_H}"


def stop_keys(zone: str) -> tuple[str, ...]:
    """Return the keys of minutes per stop in a zone for every part of the day."""
    return tuple(f"lane#s#{zone}#{part}" for part in range(24 // DAY_PART_H))


def start_statistics(typical: TypicalDuration) -> DurationStatistics:
    """Return statistics without observations, whose quantiles are the typical ones."""
    middle = math.log(typical.p50)
    return DurationStatistics(
        v=middle, n=0.0, l10=math.log(typical.p10) - middle, l90=math.log(typical.p90) - middle
    )


def read_durations(
    statistics: Mapping[str, object], key: str, typical: TypicalDuration | None = None
) -> DurationStatistics:
    """Return the statistics of a key; without any, those of the typical duration of its kind."""
    durations = statistics.get(key)
    if isinstance(durations, DurationStatistics):
        return durations
    return start_statistics(typical or _TYPICAL[key[5]])


def estimate_log_minutes(durations: DurationStatistics, typical: TypicalDuration) -> float:
    """Return the expected ln(minutes): the learned mean, shrunk towards the typical duration.

    Weighted mean with `PRIOR_WEIGHT` pseudo-observations of the prior (credibility weighting).
    """
    prior = math.log(typical.p50) * PRIOR_WEIGHT
    return (durations.v * durations.n + prior) / (durations.n + PRIOR_WEIGHT)


def estimate_span(durations: DurationStatistics, typical: TypicalDuration) -> Span:
    """Return P10, P50 and P90 of the expected minutes."""
    return make_span(math.exp(estimate_log_minutes(durations, typical)), durations.l10, durations.l90)


def add_duration(
    durations: DurationStatistics, typical: TypicalDuration, minutes: float
) -> DurationStatistics:
    """Return the statistics after one more observed duration.

    The offsets follow their quantiles by stochastic approximation: q += step * (tau - [x < q]).
    """
    z = math.log(min(max(minutes, MIN_MINUTES), MAX_MINUTES))
    residual = z - estimate_log_minutes(durations, typical)
    n = min(durations.n + 1.0, MAX_COUNT)
    return DurationStatistics(
        v=durations.v + (z - durations.v) / n,
        n=n,
        l10=min(durations.l10 + QUANTILE_STEP * (0.1 - (residual < durations.l10)), -MIN_OFFSET),
        l90=max(durations.l90 + QUANTILE_STEP * (0.9 - (residual < durations.l90)), MIN_OFFSET),
    )
