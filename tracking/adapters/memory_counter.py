"""Request counter in memory, with the same guarantees as the one in Redis, for one process and for tests."""

import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping

from tracking.counter_ports import Counted


class MemoryRequestCounter:
    """`RequestCounter` in dictionaries, under one lock; `clock` returns seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._windows: dict[str, tuple[int, float]] = {}
        self._tallies: Counter[str] = Counter()

    def count(self, name: str, window_s: int, tallies: Mapping[str, int] | None = None) -> Counted:
        """Increment the counter `name` and add the tallies."""
        now = self._clock()
        with self._lock:
            count, ends_at = self._windows.get(name, (0, 0.0))
            if now >= ends_at:
                count, ends_at = 0, now + window_s
            self._windows[name] = (count + 1, ends_at)
            self._tallies.update(tallies or {})
        return Counted(count + 1, max(1, math.ceil(ends_at - now)))

    def count_soon(self, name: str, window_s: int) -> Counted:
        """Increment the counter `name`: there is no other process."""
        return self.count(name, window_s)

    def tally(self, tallies: Mapping[str, int]) -> None:
        """Add to the running totals."""
        with self._lock:
            self._tallies.update(tallies)

    def take_tallies(self) -> dict[str, int]:
        """Return the running totals since they were last taken, and reset them."""
        with self._lock:
            taken, self._tallies = self._tallies, Counter()
        return dict(taken)
