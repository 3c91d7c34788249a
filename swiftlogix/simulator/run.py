"""One run of the fleet against the wall clock: pull its steps, book, put, and note what was accepted."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from typing import Protocol

from swiftlogix.simulator.faults import FaultyWay, Record
from swiftlogix.simulator.ledger import Ledger
from swiftlogix.simulator.outlet import RECORDS_A_CALL, Receipt
from swiftlogix.simulator.reports import Booking, Step

TICK_S = 0.15
# After a call in which nothing was accepted the stream gets this long to come back.
PAUSE_S = 0.5


class Outlet(Protocol):
    """Takes (partition key, bytes); answers per record with its receipt, or None to try again."""

    def put(self, records: list[tuple[str, bytes]]) -> list[Receipt | None]:
        """Put up to 500 records."""
        ...


@dataclass
class Run:
    """A fleet's steps on their way to the stream and the API, driven by `tick(now)`.

    `now` and `started_at` are epoch seconds. Nothing is put before its time has come.
    """

    steps: Iterator[Step]
    way: FaultyWay
    outlet: Outlet
    ledger: Ledger
    started_at: float
    book: Callable[[Booking], None]
    clock: Callable[[], float] = time.time
    put: Counter[str] = field(default_factory=Counter)
    failed_calls: int = 0

    def __post_init__(self) -> None:
        self._next = next(self.steps)
        self._waiting: list[tuple[float, int, Record]] = []
        self._numbers = count()
        self._pause_until = 0.0

    def tick(self, now: float) -> None:
        """Do all that has become due by `now`."""
        elapsed = now - self.started_at
        while self._next.at <= elapsed:
            self._take(self._next)
            self._next = next(self.steps)
        while now >= self._pause_until and (batch := self._take_due(elapsed)):
            self._put(batch)

    def drive(self, stop: threading.Event, seconds: float | None = None) -> None:
        """Tick until `stop` is set, or for so many seconds."""
        end = float("inf") if seconds is None else self.started_at + seconds
        while not stop.wait(TICK_S) and (now := self.clock()) < end:
            self.tick(now)

    def _take(self, step: Step) -> None:
        if isinstance(step, Booking):
            self.book(step)
            return
        for record in self.way.send(step):
            heappush(self._waiting, (record.due, next(self._numbers), record))

    def _take_due(self, elapsed: float) -> list[Record]:
        batch: list[Record] = []
        while self._waiting and self._waiting[0][0] <= elapsed and len(batch) < RECORDS_A_CALL:
            batch.append(heappop(self._waiting)[2])
        return batch

    def _put(self, batch: list[Record]) -> None:
        receipts = self.outlet.put([(record.key, record.raw) for record in batch])
        put_at = self.clock()
        accepted = [(record, receipt) for record, receipt in zip(batch, receipts, strict=True) if receipt]
        self.ledger.note_records(accepted, put_at, self.started_at)
        self.put.update(record.kind for record, _ in accepted)
        refused = [record for record, receipt in zip(batch, receipts, strict=True) if receipt is None]
        for record in refused:
            heappush(self._waiting, (record.due, next(self._numbers), record))
        if refused:
            self.failed_calls += 1
            self._pause_until = put_at + PAUSE_S
