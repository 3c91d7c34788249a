"""Latency receipts: how long events took from point to point, added up by each process in slots of time.

A web process adds up its public reads in the same slots.
"""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal, NamedTuple, get_args

import msgspec

from tracking.histograms import Buckets, count_buckets

# Stages of a receipt:
# device   from the device's time to the arrival on the stream
# worker   from the arrival until a worker has read it
# enrich   until it is decoded and enriched
# record   until it is durable
# push     until its frames are handed to Redis
# screen   all of it from the arrival to the push
# publish  of a change: from the beginning of its recording until the bus has it
# notified of a change: from the beginning of its recording until a provider has taken the notification
Stage = Literal["device", "worker", "enrich", "record", "push", "screen", "publish", "notified"]
STAGES: tuple[Stage, ...] = get_args(Stage)


class Span(NamedTuple):
    """Length of slots in seconds, how many of them make up the period, and for how long they are stored."""

    name: str
    slot_s: int
    slots: int
    kept_s: int


# An hour is at most 5 minutes short, a day at most an hour: the last slot has just begun.
HOUR = Span("hour", 300, 12, 2 * 3600)
DAY = Span("day", 3600, 24, 26 * 3600)
SPANS = {span.name: span for span in (HOUR, DAY)}


class Slot(NamedTuple):
    """Slot of time: the period it belongs to, and its number since 1970."""

    span: str
    number: int

    @property
    def begins_at(self) -> float:
        """Begin of the slot, in epoch seconds."""
        return float(self.number * SPANS[self.span].slot_s)


class SlotFigures(msgspec.Struct):
    """Figures of one slot: items of each stage by bucket, and public reads that were answered or failed."""

    stages: dict[Stage, dict[int, int]] = {}
    answered: int = 0
    failed: int = 0


def find_slots(span: Span, now: float) -> list[Slot]:
    """Return the slots of the period that ends now (epoch seconds), oldest first; the last has just begun."""
    last = int(now // span.slot_s)
    return [Slot(span.name, number) for number in range(last - span.slots + 1, last + 1)]


class ReceiptMeter:
    """Adds up the figures of this process in the current slots. Safe for many threads."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """Count by this clock, in epoch seconds."""
        self._clock = clock
        self._lock = threading.Lock()
        self._slots: dict[Slot, _Sums] = {}
        self._changed: set[Slot] = set()

    def add(self, histograms: Mapping[Stage, Buckets]) -> None:
        """Add items by their buckets."""
        with self._lock:
            for sums in self._find_sums():
                for stage, buckets in histograms.items():
                    sums.stages.setdefault(stage, Counter()).update(buckets)

    def add_since(self, stage: Stage, moments: Iterable[datetime]) -> None:
        """Add an item for each of these moments, from which it has taken until now."""
        now = self._clock()
        self.add({stage: count_buckets([1000 * (now - moment.timestamp()) for moment in moments])})

    def count_read(self, *, is_answered: bool) -> None:
        """Count a public read."""
        with self._lock:
            for sums in self._find_sums():
                sums.answered += is_answered
                sums.failed += not is_answered

    def take_changed(self) -> dict[Slot, SlotFigures]:
        """Return the whole figures of the slots that were added to since the last call.

        Slots that are over are forgotten with it.
        """
        with self._lock:
            changed, self._changed = self._changed, set()
            taken = {slot: self._slots[slot].read() for slot in changed}
            current = set(self._find_current())
            self._slots = {slot: sums for slot, sums in self._slots.items() if slot in current}
        return taken

    def give_back(self, figures: Mapping[Slot, SlotFigures]) -> None:
        """Take figures back that could not be stored; the next call returns their slots again."""
        with self._lock:
            for slot, each in figures.items():
                self._slots.setdefault(slot, _Sums.of(each))
                self._changed.add(slot)

    def _find_current(self) -> Sequence[Slot]:
        now = self._clock()
        return [Slot(span.name, int(now // span.slot_s)) for span in SPANS.values()]

    def _find_sums(self) -> "list[_Sums]":
        current = self._find_current()
        self._changed.update(current)
        return [self._slots.setdefault(slot, _Sums()) for slot in current]


class _Sums:
    """Figures of a slot while they grow."""

    __slots__ = ("answered", "failed", "stages")

    def __init__(self) -> None:
        self.stages: dict[Stage, Counter[int]] = {}
        self.answered = self.failed = 0

    @classmethod
    def of(cls, figures: SlotFigures) -> "_Sums":
        """Return sums that go on from stored figures."""
        sums = cls()
        sums.stages = {stage: Counter(buckets) for stage, buckets in figures.stages.items()}
        sums.answered, sums.failed = figures.answered, figures.failed
        return sums

    def read(self) -> SlotFigures:
        return SlotFigures(
            {stage: dict(buckets) for stage, buckets in self.stages.items()}, self.answered, self.failed
        )


# Meter of this process.
RECEIPTS = ReceiptMeter()
