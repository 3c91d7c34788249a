"""Meter of the steps in this process: how many, how long and how many errors within the last minute."""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Literal, get_args

import msgspec

from tracking import histograms
from tracking.histograms import Buckets, add_up, find_bucket

Step = Literal["read", "decode", "enrich", "record", "publish", "push", "deliver"]
STEPS: tuple[Step, ...] = get_args(Step)

# Spans of a batch: step, seconds, number of its items.
Spans = list[tuple[Step, float, int]]

# Figures are added up in slots of this many seconds; a minute is the last twelve complete slots.
SLOT_S = 5.0
SLOTS = 12
WINDOW_S = SLOT_S * SLOTS


class StepFigures(msgspec.Struct):
    """Figures of one step over a minute: items, errors, and the items by duration.

    `buckets` counts items by the number of a bucket, as `tracking/histograms.py` numbers them.
    """

    count: int = 0
    errors: int = 0
    buckets: dict[int, int] = {}


class Timing:
    """Span of the work inside `StepMeter.timing()`, in seconds; set at its end."""

    seconds: float = 0.0


class StepMeter:
    """Adds up items, durations and errors of the steps. Safe for many threads."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._slots: deque[tuple[int, dict[Step, StepFigures]]] = deque(maxlen=SLOTS + 1)
        self._totals: dict[Step, tuple[int, int]] = {}

    def add(self, step: Step, seconds: float, count: int = 1) -> None:
        """Add items that took this long together, so that each of them waited for all."""
        if count:
            self._add(step, {find_bucket(seconds * 1000): count}, 0)

    def add_batch(self, waits: Buckets, spans: Spans, refused: int) -> None:
        """Add a batch: waits of its records until they were read, spans of its steps, refusals."""
        self._add("read", waits, 0)
        for step, seconds, count in spans:
            self.add(step, seconds, count)
        self.add_errors("decode", refused)

    def add_errors(self, step: Step, count: float = 1) -> None:
        """Add items that failed."""
        if count:
            self._add(step, {}, int(count))

    @contextmanager
    def timing(self, step: Step, count: int) -> Iterator[Timing]:
        """Measure the work of a step on `count` items; an exception counts as an error of each."""
        timing, started = Timing(), self._clock()
        try:
            yield timing
        except Exception:
            self.add_errors(step, count)
            raise
        timing.seconds = self._clock() - started
        self.add(step, timing.seconds, count)

    def read(self) -> dict[Step, StepFigures]:
        """Return the figures of the last complete slots, a minute in all, of the steps that had any."""
        now = self._find_slot()
        with self._lock:
            slots = [figures for number, figures in self._slots if now - SLOTS <= number < now]
            return {
                step: merge(slot[step] for slot in slots if step in slot)
                for step in STEPS
                if any(step in slot for slot in slots)
            }

    def read_totals(self) -> dict[Step, tuple[int, int]]:
        """Return items and errors of each step since the start of the process."""
        with self._lock:
            return dict(self._totals)

    def _add(self, step: Step, buckets: Buckets, errors: int) -> None:
        number = self._find_slot()
        with self._lock:
            if not self._slots or self._slots[-1][0] != number:
                self._slots.append((number, {}))
            slot = self._slots[-1][1]
            known, count = slot.get(step, StepFigures()), sum(buckets.values())
            slot[step] = merge((known, StepFigures(count, errors, dict(buckets))))
            items, failed = self._totals.get(step, (0, 0))
            self._totals[step] = (items + count, failed + errors)

    def _find_slot(self) -> int:
        return int(self._clock() // SLOT_S)


def merge(all_figures: Iterable[StepFigures]) -> StepFigures:
    """Return the sum of figures of one step."""
    found = list(all_figures)
    return StepFigures(
        sum(figures.count for figures in found),
        sum(figures.errors for figures in found),
        add_up(figures.buckets for figures in found),
    )


def find_percentile(figures: StepFigures, share: float) -> float | None:
    """Return the duration in ms that `share` (0 to 1) of the items did not exceed; None without items."""
    return histograms.find_percentile(figures.buckets, share)


# Meter of this process.
METER = StepMeter()
