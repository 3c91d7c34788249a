"""Reads the roles' own metrics out of their logs while they run: for the live table, never for the report."""

import json
from collections import Counter, deque
from collections.abc import Collection
from pathlib import Path
from typing import Any

# Percentiles of the live table are those of the newest values.
NEWEST = 2000


class MetricLines:
    """Follows logs of which some lines are metrics; sums counts and keeps the newest of `kept`.

    `totals` are by name and origin; the origin of a metric without that dimension is empty.
    """

    def __init__(self, logs: list[Path], kept: str) -> None:
        self._offsets = dict.fromkeys(logs, 0)
        self._kept = kept
        self.totals: Counter[tuple[str, str]] = Counter()
        self.newest: deque[float] = deque(maxlen=NEWEST)

    def total(self, name: str, but_of: Collection[str] = ()) -> int:
        """The sum of a metric's counts over all origins but these."""
        return int(
            sum(value for (of, origin), value in self.totals.items() if of == name and origin not in but_of)
        )

    def read_new(self) -> None:
        """Take in what has been written since the last call."""
        for log, offset in self._offsets.items():
            if log.exists():
                with log.open("rb") as text:
                    text.seek(offset)
                    whole, newline, _ = text.read().rpartition(b"\n")
                self._offsets[log] = offset + len(whole) + len(newline)
                for line in whole.splitlines():
                    self._take(line)

    def _take(self, line: bytes) -> None:
        if not line.startswith(b'{"_aws"'):
            return
        metric: dict[str, Any] = json.loads(line)
        (directive,) = metric["_aws"]["CloudWatchMetrics"]
        for name in (told["Name"] for told in directive["Metrics"]):
            values = metric[name] if isinstance(metric[name], list) else [metric[name]]
            self.totals[name, metric.get("origin", "")] += sum(values)
            if name == self._kept:
                self.newest.extend(values)
