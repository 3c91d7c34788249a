"""Habits: how long parcels stay at a hub, how long tours take, how long a stop; logs of minutes."""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone

from tracking.domain.value import Struct
from tracking.eta.spans import Span, spread_out

# So many legs' worth of what is typical stand against what was learned.
WEIGHT = 8.0
FULL = 40.0
STRIDE, CLOSEST = 0.04, 0.02
LEAST_MIN, MOST_MIN = 1.0, 1440.0
INDIA = timezone(timedelta(hours=5, minutes=30))
DAY_PART_H = 4


class Typical(Struct, frozen=True):
    """Minutes that one, five and nine of ten take where nothing has been learned."""

    p10: float
    p50: float
    p90: float


DWELL = Typical(p10=10.0, p50=29.0, p90=143.0)
# From loading to a door, where nobody told us of the tour.
TOUR = Typical(p10=30.0, p50=150.0, p90=420.0)
STOP = Typical(p10=1.8, p50=4.8, p90=10.0)
# By the letter of their keys.
_TYPICAL = {"d": DWELL, "t": TOUR, "s": STOP}


class DwellStatistics(Struct, frozen=True):
    """A mean of ln(minutes) over n of them, with the offsets to P10 and P90."""

    v: float
    n: float
    l10: float
    l90: float


def dwell_key(hub_id: str) -> str:
    """The key of how long parcels stay at a hub."""
    return f"lane#d#{hub_id}"


def tour_key(hub_id: str) -> str:
    """The key of how long it takes from loading at a hub to a door."""
    return f"lane#t#{hub_id}"


def stop_key(zone: str, at: datetime) -> str:
    """The key of minutes per stop in a zone, by the part of the Indian day (six of four hours)."""
    return f"lane#s#{zone}#{at.astimezone(INDIA).hour // DAY_PART_H}"


def stop_keys(zone: str) -> tuple[str, ...]:
    """Return the keys of minutes per stop in a zone for every part of the day."""
    return tuple(f"lane#s#{zone}#{part}" for part in range(24 // DAY_PART_H))


def begin(typical: Typical) -> DwellStatistics:
    """A habit of which nothing is known yet."""
    middle = math.log(typical.p50)
    return DwellStatistics(
        v=middle, n=0.0, l10=math.log(typical.p10) - middle, l90=math.log(typical.p90) - middle
    )


def read_dwell(book: Mapping[str, object], key: str, typical: Typical | None = None) -> DwellStatistics:
    """The habit of a key, or what is typical of its kind."""
    habit = book.get(key)
    return habit if isinstance(habit, DwellStatistics) else begin(typical or _TYPICAL[key[5]])


def middle_of(habit: DwellStatistics, typical: Typical) -> float:
    """The log of the minutes to expect: what was learned, against what is typical."""
    return (habit.v * habit.n + math.log(typical.p50) * WEIGHT) / (habit.n + WEIGHT)


def span_of(habit: DwellStatistics, typical: Typical) -> Span:
    """The minutes to expect."""
    return spread_out(math.exp(middle_of(habit, typical)), habit.l10, habit.l90)


def repeat(habit: DwellStatistics, typical: Typical, minutes: float) -> DwellStatistics:
    """The habit after it took so many minutes once more."""
    z = math.log(min(max(minutes, LEAST_MIN), MOST_MIN))
    residual = z - middle_of(habit, typical)
    n = min(habit.n + 1.0, FULL)
    return DwellStatistics(
        v=habit.v + (z - habit.v) / n,
        n=n,
        l10=min(habit.l10 + STRIDE * (0.1 - (residual < habit.l10)), -CLOSEST),
        l90=max(habit.l90 + STRIDE * (0.9 - (residual < habit.l90)), CLOSEST),
    )
