"""Runs the fleet against the wall clock: books, puts records, and lists the accepted ones in the ledger."""

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from laboratory.simulator.faults import FaultyUplink, Record
from laboratory.simulator.ledger import Ledger
from laboratory.simulator.reports import Booking, Manifest, Report, Step, Truth
from laboratory.simulator.send_queue import SendQueue
from laboratory.simulator.stream_sink import RECORDS_A_CALL, Receipt
from laboratory.simulator.truth_log import TruthLog

TICK_S = 0.15
# Pause after a call with refused records.
PAUSE_S = 0.5
# When it catches up, a run queues at most so many records before it puts them.
MAX_QUEUED = 4000


class RecordSink(Protocol):
    """Destination of records: returns a receipt per record, or None for one to try again."""

    def put(self, records: list[tuple[str, bytes]]) -> list[Receipt | None]:
        """Put up to 500 (partition key, bytes)."""
        ...


@dataclass
class Run:
    """Sends a fleet's steps to the stream and the API when they are due, driven by `tick(now)`.

    `now` and `started_at` are epoch seconds. A run that started in the past catches up at `speed` times real
    time, and then continues in real time. Nothing is put before it is due. `book` gets bookings and
    manifests.
    """

    steps: Iterator[Step]
    uplink: FaultyUplink
    sink: RecordSink
    ledger: Ledger
    started_at: float
    book: Callable[[Booking | Manifest], None]
    truth: TruthLog | None = None
    clock: Callable[[], float] = time.time
    speed: float = 1.0
    put: Counter[str] = field(default_factory=Counter)
    failed_calls: int = 0

    def __post_init__(self) -> None:
        self._next = next(self.steps)
        self._queue = SendQueue()
        self._began_at = self.clock()
        self._pause_until = 0.0

    def tick(self, now: float) -> None:
        """Process what is due by `now`, within the queue's limit."""
        elapsed = self.elapsed(now)
        while self._next.at <= elapsed and len(self._queue) < MAX_QUEUED:
            self._take(self._next)
            self._next = next(self.steps)
        # Steps that are not queued yet may be due before queued ones.
        until = min(elapsed, self._next.at)
        while now >= self._pause_until and (batch := self._queue.take(until, RECORDS_A_CALL)):
            self._put(batch)

    def elapsed(self, now: float) -> float:
        """Return the fleet's time: seconds since the start, never ahead of the wall clock."""
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
            self._queue.add(self.uplink.send(step))
        elif isinstance(step, Truth):
            if self.truth:
                self.truth.write(step)
        else:
            self.book(step)

    def _put(self, batch: list[Record]) -> None:
        receipts = self.sink.put([(record.key, record.raw) for record in batch])
        put_at = self.clock()
        accepted = [(record, receipt) for record, receipt in zip(batch, receipts, strict=True) if receipt]
        self.ledger.write_records(accepted, put_at, self.started_at)
        for record, _ in accepted:
            self.put[record.kind] += 1
            if self.truth:
                self.truth.write_fault(record)
        refused = [record for record, receipt in zip(batch, receipts, strict=True) if receipt is None]
        self._queue.add(refused)
        if refused:
            self.failed_calls += 1
            self._pause_until = put_at + PAUSE_S
