"""Reads the roles' metrics from their logs while they run, for the live table only."""

from collections import Counter, deque
from collections.abc import Collection
from pathlib import Path

from laboratory.alarms.log_files import LineFollower, parse_line

# The live table's percentiles are over this many newest values.
NEWEST = 2000


class MetricLines:
    """Follows logs that contain metric lines; sums all metrics and keeps the newest values of one.

    `totals` are by metric name and origin; the origin is empty for a metric without that dimension.
    """

    def __init__(self, logs: list[Path], kept_metric: str) -> None:
        self._lines = LineFollower(lambda: logs)
        self._kept_metric = kept_metric
        self.totals: Counter[tuple[str, str]] = Counter()
        self.newest: deque[float] = deque(maxlen=NEWEST)

    def total(self, name: str, except_origins: Collection[str] = ()) -> int:
        """Return the sum of a metric over all origins except these."""
        return int(
            sum(
                value
                for (metric, origin), value in self.totals.items()
                if metric == name and origin not in except_origins
            )
        )

    def read_new(self) -> None:
        """Read the lines written since the last call."""
        for line in self._lines.read_new():
            for series, _, values in parse_line(line):
                self.totals[series.name, dict(series.dimensions).get("origin", "")] += sum(values)
                if series.name == self._kept_metric:
                    self.newest.extend(values)
