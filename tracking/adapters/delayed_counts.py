"""Counts of requests that are made in this process at once and reported to a shared counter soon after."""

import math
import threading
import time
from collections.abc import Callable, Mapping
from itertools import islice
from typing import NamedTuple

from cachetools import LRUCache

from tracking.counter_ports import Counted

Start = Callable[[float, Callable[[], None]], None]
# Between the first count that waits and the report that contains it.
REPORT_AFTER_S = 0.5
# Requests wait while counts are put together, and for the interpreter while they are sent.
NAMES_PER_REPORT = 100
# Names that are counted at once; the one used longest ago is left to the shared counter.
NAMES = 50_000


def start_thread(after_s: float, run: Callable[[], None]) -> None:
    """Run a function on a thread of its own after this number of seconds."""
    timer = threading.Timer(after_s, run)
    timer.daemon = True
    timer.start()


class Report(NamedTuple):
    """Count of a name that the shared counter does not have yet, and the length of its window in seconds."""

    number: int
    window_s: int


class Total(NamedTuple):
    """Count of a name over all processes, and the seconds until its window ends."""

    number: int
    left_s: float


class _Window:
    """Requests of a name in its window, over all processes as far as they are known."""

    __slots__ = ("ends_at", "number", "unreported", "window_s")

    def __init__(self, window_s: int, now: float) -> None:
        self.window_s, self.ends_at = window_s, now + window_s
        self.number = self.unreported = 0


class DelayedCounts:
    """Counts by name, known to this process at once and to the others after `REPORT_AFTER_S`.

    `report` adds counts, of at most `NAMES_PER_REPORT` names, to the shared counter and returns the totals;
    what it raises ends the thread that has called it. `clock` returns seconds, `start` runs a function after
    a number of seconds.
    """

    def __init__(
        self,
        report: Callable[[Mapping[str, Report]], Mapping[str, Total]],
        clock: Callable[[], float] = time.monotonic,
        start: Start = start_thread,
    ) -> None:
        self._report = report
        self._clock = clock
        self._start = start
        self._lock = threading.Lock()
        self._windows: LRUCache[str, _Window] = LRUCache(NAMES)
        self._waiting: dict[str, _Window] = {}

    def count(self, name: str, window_s: int) -> Counted:
        """Count one request of this name; return its number, as far as it is known, and the seconds left."""
        now = self._clock()
        with self._lock:
            window = self._windows.get(name)
            if window is None or now >= window.ends_at:
                window = self._windows[name] = _Window(window_s, now)
            window.number += 1
            window.unreported += 1
            is_first = not self._waiting
            self._waiting[name] = window
        if is_first:
            self._start(REPORT_AFTER_S, self.report)
        return Counted(window.number, max(1, math.ceil(window.ends_at - now)))

    def report(self) -> None:
        """Report all counts that wait, and take over the totals of all processes."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        names = iter(waiting)
        while piece := {name: waiting[name] for name in islice(names, NAMES_PER_REPORT)}:
            self._report_piece(piece)

    def _report_piece(self, windows: Mapping[str, _Window]) -> None:
        with self._lock:
            # A name that was counted since the report began waits again, and may have no count left by then.
            reports = {
                name: Report(window.unreported, window.window_s)
                for name, window in windows.items()
                if window.unreported
            }
            for window in windows.values():
                window.unreported = 0
        totals = self._report(reports) if reports else {}
        now = self._clock()
        with self._lock:
            for name, total in totals.items():
                window = windows[name]
                window.number = total.number + window.unreported
                window.ends_at = now + total.left_s
