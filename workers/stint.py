"""A stint: one leased run on one shard, from its checkpoint on, until time, drain or loss ends it."""

import random
import threading
import time
from collections.abc import Iterator, Sequence

import structlog

from tracking import metrics
from tracking.domain.errors import TransientError
from tracking.ports import TrackingPorts
from workers.leases import HeldLease
from workers.pipeline import process, set_aside
from workers.ports import CursorExpiredError, Read, StreamRecord, WorkerPorts

STINT_MAX_S = 900.0
# Four reads a second leave one of a shard's five to others, and to a dying predecessor.
READ_EVERY_S = 0.25
READ_LIMIT = 500
BACKOFF_S = (0.2, 2.0)
TRIES_OF_ONE_RECORD = 3

log = structlog.get_logger()


class Stint:
    """Reads one shard and takes its records through the line; the checkpoint follows what is done.

    Nothing is skipped: a read that cannot be recorded is tried again until it can or the lease is gone, and
    whoever comes next starts at the checkpoint. Repeats are harmless, since recording knows them.
    """

    def __init__(
        self, held: HeldLease, tracking: TrackingPorts, workers: WorkerPorts, drain: threading.Event
    ) -> None:
        self._held = held
        self._tracking = tracking
        self._workers = workers
        self._drain = drain
        self._shard_id = held.lease.entry.removeprefix("shard#")
        self._ends_at = time.monotonic() + STINT_MAX_S

    def run(self) -> None:
        """Work until the time-box is over, a drain begins, the shard ends or the lease is lost."""
        log.info("read", outcome="stint begun", shard=self._shard_id, epoch=self._held.lease.epoch)
        for read in self._reads():
            if not self._take_through(read.records):
                break
            self._move_checkpoint(read)
        log.info("read", outcome="stint ended", shard=self._shard_id, held=self._held.is_held())

    def _reads(self) -> Iterator[Read]:
        """One read after the other, four a second; the next one waits until this one is done."""
        cursor: str | None = None
        while self._may_go_on():
            started = time.monotonic()
            try:
                cursor = cursor or self._open()
                read = self._workers.stream.read(self._shard_id, cursor, READ_LIMIT)
            except CursorExpiredError:
                cursor = None
                continue
            except TransientError as error:
                log.warning("read", outcome="tried again", shard=self._shard_id, error=str(error))
                self._pause()
                continue
            yield read
            cursor = read.next_cursor
            if cursor is None:
                return
            self._drain.wait(max(0.0, READ_EVERY_S - (time.monotonic() - started)))

    def _open(self) -> str:
        return self._workers.stream.open_shard(self._shard_id, self._held.lease.checkpoint_sequence)

    def _may_go_on(self) -> bool:
        self._held.tick()
        return not self._drain.is_set() and self._held.is_held() and time.monotonic() < self._ends_at

    def _pause(self) -> None:
        self._drain.wait(random.uniform(*BACKOFF_S))  # noqa: S311 - jitter, not a secret

    def _move_checkpoint(self, read: Read) -> None:
        last = read.records[-1] if read.records else None
        if last is not None:
            metrics.emit(metrics.READ_RECORDS, len(read.records))
        self._held.move_checkpoint(
            last.position if last else "", last.sequence if last else "", read.behind_ms
        )

    def _take_through(self, records: Sequence[StreamRecord]) -> bool:
        """Take a read through the line; False when the stint had to stop before it was done."""
        while records:
            if not self._held.is_held():
                return False
            try:
                process(records, self._tracking, self._workers)
            except TransientError as error:
                log.warning("record", outcome="tried again", shard=self._shard_id, error=str(error))
                self._pause()
                if not self._may_go_on():
                    return False
            except Exception:
                log.exception("record", outcome="one by one", shard=self._shard_id)
                return all(self._take_alone(record) for record in records)
            else:
                return True
        return True

    def _take_alone(self, record: StreamRecord) -> bool:
        """Take one record through; what fails three times for a reason of ours goes into quarantine."""
        failures = 0
        while self._may_go_on():
            try:
                process([record], self._tracking, self._workers)
            except TransientError:
                self._pause()
            except Exception as error:  # noqa: BLE001 - any bug of ours must cost one record, never the shard
                failures += 1
                if failures == TRIES_OF_ONE_RECORD:
                    set_aside(record, error, self._workers.quarantine)
                    return True
            else:
                return True
        return False
