"""Measures delays of records: from the moment each was scheduled to arrive until it was processed."""

import re
import time
from collections.abc import Iterable
from datetime import datetime
from statistics import median
from typing import Any

# The shipment id of every record ends with the record's number in the run.
_NUMBER = re.compile(rb'"shipment_id": "[^"]*-(\d{7})"')

P50, P99 = "delay p50", "delay p99"
QUANTILES = {P50: 0.5, P99: 0.99}
GROWTH = "growth of the delay"


class Delays:
    """Collects the delays of a run whose records arrive at a fixed rate; does nothing in any other run.

    Delays count from the scheduled arrival, so a reader that falls behind cannot hide it.
    """

    def __init__(self, task: dict[str, Any]) -> None:
        self._rate, self._begins_at = task.get("rate"), task.get("begins_at", 0.0)
        self._ms: list[float] = []

    def record_done(self, raws: Iterable[bytes]) -> None:
        """Record that these records were processed now."""
        if not self._rate:
            return
        now = time.time()
        for raw in raws:
            found = _NUMBER.search(raw)
            if found:
                self._ms.append((now - self._begins_at - int(found[1]) / self._rate) * 1000)

    def summarize(self) -> dict[str, list[Any]]:
        """Return median and 99th percentile as `CpuMeter.beside` takes them; {} without delays."""
        return summarize_ms(self._ms)


class ArrivalDelays:
    """Collects the delays of records that arrive evenly, by the time at which each arrived."""

    def __init__(self, begins_at: float, seconds: float) -> None:
        """Records arrive from `begins_at` (epoch seconds) on, for so many seconds."""
        self._begins_at, self._seconds = begins_at, seconds
        # Times as they came, since they are noted while the CPU of the process is measured.
        self._done: list[tuple[float, list[datetime]]] = []

    def record_done(self, arrivals: Iterable[datetime]) -> None:
        """Record that the records that arrived at these times were processed now. Threads may share it."""
        self._done.append((time.time(), list(arrivals)))

    def summarize(self) -> dict[str, list[Any]]:
        """Return median, 99th percentile and growth of the delay as `CpuMeter.beside` takes them.

        The growth is the difference of the medians of the last and the second quarter, in ms for each second
        between them: 0 if the reader keeps up, 500 if it processes half of what arrives.
        """
        delays = [
            (arrived_s, done_s - arrived_s)
            for done_s, arrivals in self._done
            for arrived_s in (arrived.timestamp() for arrived in arrivals)
        ]
        second, last = self._median_of_quarter(delays, 1), self._median_of_quarter(delays, 3)
        if second is None or last is None:
            return {}
        growth = (last - second) * 1000 / (self._seconds / 2)
        return summarize_ms([delay * 1000 for _, delay in delays]) | {GROWTH: [growth, "ms/s"]}

    def _median_of_quarter(self, delays: Iterable[tuple[float, float]], number: int) -> float | None:
        length = self._seconds / 4
        begins_at = self._begins_at + number * length
        found = [delay for at, delay in delays if begins_at <= at < begins_at + length]
        return median(found) if found else None


def summarize_ms(delays_ms: Iterable[float]) -> dict[str, list[Any]]:
    """Return median and 99th percentile of delays as `CpuMeter.beside` takes them; {} for none."""
    ordered = sorted(delays_ms)
    if not ordered:
        return {}
    return {name: [ordered[int((len(ordered) - 1) * part)], "ms"] for name, part in QUANTILES.items()}
