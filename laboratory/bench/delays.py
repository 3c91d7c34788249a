"""How long records were on their way, from the moment they were meant to arrive until they were done."""

import re
import time
from collections.abc import Iterable
from typing import Any

# Every record of a run says in its shipment's name which one it is.
_NUMBER = re.compile(rb'"shipment_id": "[^"]*-(\d{7})"')

HALF, NEARLY_ALL = "delay p50", "delay p99"
PARTS = {HALF: 0.5, NEARLY_ALL: 0.99}


class Delays:
    """Collects the delays of a run whose records arrive one by one; does nothing in any other run.

    Counted from the intended moment, so that a reader that falls behind cannot hide it.
    """

    def __init__(self, task: dict[str, Any]) -> None:
        self._rate, self._begins_at = task.get("rate"), task.get("begins_at", 0.0)
        self._ms: list[float] = []

    def note(self, raws: Iterable[bytes]) -> None:
        """These records are done now."""
        if not self._rate:
            return
        now = time.time()
        for raw in raws:
            found = _NUMBER.search(raw)
            if found:
                self._ms.append((now - self._begins_at - int(found[1]) / self._rate) * 1000)

    def tell(self) -> dict[str, list[Any]]:
        """Median and 99th percentile as a measured process tells what it has measured beside."""
        if not self._ms:
            return {}
        known = sorted(self._ms)
        return {name: [known[int((len(known) - 1) * part)], "ms"] for name, part in PARTS.items()}
