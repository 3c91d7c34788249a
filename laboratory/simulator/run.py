"""One run of the fleet against the wall clock: pull its steps, book, put, and note what was accepted."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from laboratory.simulator.departures import Departures
from laboratory.simulator.faults import FaultyWay, Record
from laboratory.simulator.ledger import Ledger
from laboratory.simulator.outlet import RECORDS_A_CALL, Receipt
from laboratory.simulator.reports import Booking, Manifest, Report, Step, Truth
from laboratory.simulator.truth import TruthBook

TICK_S = 0.15
# After a call in which nothing was accepted the stream gets this long to come back.
PAUSE_S = 0.5
# A run that catches up takes in at most so many records before it puts them.
PULLED_AT_ONCE = 4000


class Outlet(Protocol):
    """Takes (partition key, bytes); answers per record with its receipt, or None to try again."""

    def put(self, records: list[tuple[str, bytes]]) -> list[Receipt | None]:
        """Put up to 500 records."""
        ...


@dataclass
class Run:
    """A fleet's steps on their way to the stream and the API, driven by `tick(now)`.

    `now` and `started_at` are epoch seconds; a run that started in the past catches up `speed` times as fast
    as time goes by, and then keeps pace with it. Nothing is put before its time has come. `book` is given
    bookings and manifests.
    """

    steps: Iterator[Step]
    way: FaultyWay
    outlet: Outlet
    ledger: Ledger
    started_at: float
    book: Callable[[Booking | Manifest], None]
    truth: TruthBook | None = None
    clock: Callable[[], float] = time.time
    speed: float = 1.0
    put: Counter[str] = field(default_factory=Counter)
    failed_calls: int = 0

    def __post_init__(self) -> None:
        self._next = next(self.steps)
        self._departures = Departures()
        self._began_at = self.clock()
        self._pause_until = 0.0

    def tick(self, now: float) -> None:
        """Do what has become due by `now`, as much of it as goes at once."""
        elapsed = self.elapsed(now)
        while self._next.at <= elapsed and len(self._departures) < PULLED_AT_ONCE:
            self._take(self._next)
            self._next = next(self.steps)
        # What is still to be pulled may be due before what waits.
        until = min(elapsed, self._next.at)
        while now >= self._pause_until and (batch := self._departures.take(until, RECORDS_A_CALL)):
            self._put(batch)

    def elapsed(self, now: float) -> float:
        """The fleet's time at a moment: seconds since the start, never ahead of the wall clock."""
        return min(now - self.started_at, (now - self._began_at) * self.speed)

    def drive(self, stop: threading.Event, seconds: float | None = None) -> None:
        """Tick until `stop` is set, or for so many seconds of the fleet's time."""
        end = float("inf") if seconds is None else seconds
        while not stop.is_set() and self.elapsed(now := self.clock()) < end:
            self.tick(now)
            if self._next.at > self.elapsed(now):
                stop.wait(TICK_S)

    def _take(self, step: Step) -> None:
        if isinstance(step, Report):
            self._departures.add(self.way.send(step))
        elif isinstance(step, Truth):
            if self.truth:
                self.truth.note(step)
        else:
            self.book(step)

    def _put(self, batch: list[Record]) -> None:
        receipts = self.outlet.put([(record.key, record.raw) for record in batch])
        put_at = self.clock()
        accepted = [(record, receipt) for record, receipt in zip(batch, receipts, strict=True) if receipt]
        self.ledger.note_records(accepted, put_at, self.started_at)
        for record, _ in accepted:
            self.put[record.kind] += 1
            if self.truth:
                self.truth.note_fault(record)
        refused = [record for record, receipt in zip(batch, receipts, strict=True) if receipt is None]
        self._departures.add(refused)
        if refused:
            self.failed_calls += 1
            self._pause_until = put_at + PAUSE_S
