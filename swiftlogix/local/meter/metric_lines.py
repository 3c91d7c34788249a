"""Reads the roles' own metrics out of their logs while they run: for the live table, never for the report."""

import json
from collections import Counter, deque
from pathlib import Path
from typing import Any

# Percentiles of the live table are those of the newest values.
NEWEST = 2000


class MetricLines:
    """Follows logs of which some lines are metrics; sums counts and keeps the newest of `kept`."""

    def __init__(self, logs: list[Path], kept: str) -> None:
        self._offsets = dict.fromkeys(logs, 0)
        self._kept = kept
        self.totals: Counter[str] = Counter()
        self.newest: deque[float] = deque(maxlen=NEWEST)

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
            self.totals[name] += sum(values)
            if name == self._kept:
                self.newest.extend(values)
