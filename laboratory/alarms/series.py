"""Series in memory: the values of each minute, and statistics of periods."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime

from laboratory.alarms.model import Query, Reading, SeriesKey

MINUTE_S = 60
STATISTICS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "Sum": math.fsum,
    "Maximum": max,
    "Minimum": min,
    "Average": lambda values: math.fsum(values) / len(values),
    "SampleCount": lambda values: float(len(values)),
}


class Series:
    """All values by series and minute (seconds since 1970, rounded down to a minute).

    `first_at` is the minute of the earliest value that was ever added, infinity before the first one.
    """

    def __init__(self) -> None:
        self.first_at = math.inf
        self._values: dict[SeriesKey, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))

    def add(self, series: SeriesKey, at_s: float, values: Iterable[float]) -> None:
        """Add values of the moment `at_s`, in seconds since 1970."""
        self.note_start(at_s)
        self._values[series][find_minute(at_s)].extend(values)

    def note_start(self, at_s: float) -> None:
        """Note that there were values at a moment, without keeping them."""
        self.first_at = min(self.first_at, find_minute(at_s))

    def read(self, part: Reading | Query, starts_at: int, period_s: int) -> float | None:
        """Return the statistic of the period that starts at a minute; None if it has no value."""
        values = [
            value
            for series in self._find(part)
            for minute in range(starts_at, starts_at + period_s, MINUTE_S)
            for value in self._values[series].get(minute, ())
        ]
        return compute_statistic(part.statistic, values) if values else None

    def forget_before(self, at_s: float) -> None:
        """Drop all values of minutes before that moment."""
        for minutes in self._values.values():
            for minute in [minute for minute in minutes if minute < find_minute(at_s)]:
                del minutes[minute]

    def _find(self, part: Reading | Query) -> list[SeriesKey]:
        if isinstance(part, Reading):
            return [part.series] if part.series in self._values else []
        return [
            series
            for series in self._values
            if (series.namespace, series.name) == (part.namespace, part.name)
            and {name for name, _ in series.dimensions} == part.dimensions
            and set(part.where) <= set(series.dimensions)
        ]


def find_minute(at: float | datetime) -> int:
    """Return the start of the minute of a moment, in seconds since 1970."""
    seconds = at.timestamp() if isinstance(at, datetime) else at
    return int(seconds) // MINUTE_S * MINUTE_S


def compute_statistic(statistic: str, values: Sequence[float]) -> float:
    """Return `Sum`, `Maximum`, `Minimum`, `Average`, `SampleCount` or a percentile (`p99`) of the values.

    A percentile is the smallest value that so many percent of the values do not exceed.
    Raises `KeyError` for an unknown statistic.
    """
    if statistic.startswith("p"):
        rank = math.ceil(float(statistic[1:]) / 100 * len(values))
        return sorted(values)[max(0, rank - 1)]
    return STATISTICS[statistic](values)
