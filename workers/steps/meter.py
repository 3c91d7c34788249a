"""Meter of the steps in this process: how many, how long and how many errors within the last minute."""

import math
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Literal, get_args

import msgspec

Step = Literal["read", "decode", "enrich", "record", "publish", "push", "deliver"]
STEPS: tuple[Step, ...] = get_args(Step)

# Spans of a batch: step, seconds, number of its items.
Spans = list[tuple[Step, float, int]]

# Figures are added up in slots of this many seconds; a minute is the last twelve complete slots.
SLOT_S = 5.0
SLOTS = 12
WINDOW_S = SLOT_S * SLOTS
# Upper bound of the first bucket in ms, and the ratio of each bucket's bound to that of the one before.
FIRST_BOUND_MS = 0.1
BUCKET_RATIO = 1.25
_LOG_RATIO = math.log(BUCKET_RATIO)


class StepFigures(msgspec.Struct):
    """Figures of one step over a minute: items, errors, and the items by duration.

    `buckets` counts items by the number of a bucket; `bucket_bound()` returns its upper bound.
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

    def add(self, step: Step, seconds: float, count: int = 1) -> None:
        """Add items that took this long together, so that each of them waited for all."""
        if count:
            self._add(step, Counter({find_bucket(seconds * 1000): count}), 0)

    def add_batch(self, waits_s: Iterable[float], spans: Spans, refused: int) -> None:
        """Add a batch: the wait of each record until it was read, the spans of its steps, the refusals."""
        self._add("read", Counter(find_bucket(wait * 1000) for wait in waits_s), 0)
        for step, seconds, count in spans:
            self.add(step, seconds, count)
        self.add_errors("decode", refused)

    def add_errors(self, step: Step, count: float = 1) -> None:
        """Add items that failed."""
        if count:
            self._add(step, Counter(), int(count))

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

    def _add(self, step: Step, buckets: Mapping[int, int], errors: int) -> None:
        number = self._find_slot()
        with self._lock:
            if not self._slots or self._slots[-1][0] != number:
                self._slots.append((number, {}))
            slot = self._slots[-1][1]
            known = slot.get(step, StepFigures())
            slot[step] = merge((known, StepFigures(sum(buckets.values()), errors, dict(buckets))))

    def _find_slot(self) -> int:
        return int(self._clock() // SLOT_S)


def merge(all_figures: Iterable[StepFigures]) -> StepFigures:
    """Return the sum of figures of one step; buckets are added, and percentiles are never averaged."""
    count = errors = 0
    buckets: Counter[int] = Counter()
    for figures in all_figures:
        count += figures.count
        errors += figures.errors
        buckets.update(figures.buckets)
    return StepFigures(count, errors, dict(buckets))


def find_percentile(figures: StepFigures, share: float) -> float | None:
    """Return the duration in ms that `share` (0 to 1) of the items did not exceed; None without items.

    It is the bound of a bucket, up to a quarter above the true value.
    """
    left = math.ceil(sum(figures.buckets.values()) * share)
    for bucket in sorted(figures.buckets):
        left -= figures.buckets[bucket]
        if left <= 0:
            return bucket_bound(bucket)
    return None


def find_bucket(span_ms: float) -> int:
    """Return the number of the bucket of a span; a negative one, by clocks of two hosts, counts as none."""
    if span_ms <= FIRST_BOUND_MS:
        return 0
    return math.ceil(math.log(span_ms / FIRST_BOUND_MS) / _LOG_RATIO - 1e-9)


def bucket_bound(bucket: int) -> float:
    """Return the upper bound of a bucket, in ms."""
    return FIRST_BOUND_MS * BUCKET_RATIO**bucket


# Meter of this process.
METER = StepMeter()
