"""Measures delays of records: from the moment each was scheduled to arrive until it was processed."""

import re
import time
from collections.abc import Iterable
from typing import Any

# The shipment id of every record ends with the record's number in the run.
_NUMBER = re.compile(rb'"shipment_id": "[^"]*-(\d{7})"')

P50, P99 = "delay p50", "delay p99"
QUANTILES = {P50: 0.5, P99: 0.99}


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
        if not self._ms:
            return {}
        ordered = sorted(self._ms)
        return {name: [ordered[int((len(ordered) - 1) * part)], "ms"] for name, part in QUANTILES.items()}
