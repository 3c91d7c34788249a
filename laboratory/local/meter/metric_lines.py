"""Reads the roles' metrics from their logs while they run, for the live table only."""

import json
from collections import Counter, deque
from collections.abc import Collection
from pathlib import Path
from typing import Any

# The live table's percentiles are over this many newest values.
NEWEST = 2000


class MetricLines:
    """Follows logs that contain metric lines; sums all metrics and keeps the newest values of one.

    `totals` are by metric name and origin; the origin is empty for a metric without that dimension.
    """

    def __init__(self, logs: list[Path], kept_metric: str) -> None:
        self._offsets = dict.fromkeys(logs, 0)
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
        for log, offset in self._offsets.items():
            if log.exists():
                with log.open("rb") as text:
                    text.seek(offset)
                    complete, newline, _ = text.read().rpartition(b"\n")
                self._offsets[log] = offset + len(complete) + len(newline)
                for line in complete.splitlines():
                    self._add(line)

    def _add(self, line: bytes) -> None:
        if not line.startswith(b'{"_aws"'):
            return
        metric: dict[str, Any] = json.loads(line)
        (directive,) = metric["_aws"]["CloudWatchMetrics"]
        for name in (entry["Name"] for entry in directive["Metrics"]):
            values = metric[name] if isinstance(metric[name], list) else [metric[name]]
            self.totals[name, metric.get("origin", "")] += sum(values)
            if name == self._kept_metric:
                self.newest.extend(values)
