"""A stint: one leased run on one shard, from its checkpoint on, until time, drain or loss ends it."""

import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import structlog

from tracking import metrics
from tracking.domain.errors import TransientError
from tracking.progress import reporting_to
from workers.consumers.failure_window import FailureWindow
from workers.consumers.shard_reader import Batch, ShardReader
from workers.leases.duty import Stop
from workers.leases.held import HeldLease, Hold
from workers.leases.policies import SHARD_CONSUMER_MAX_S
from workers.line.process import set_aside
from workers.ports import Quarantine, Shard, StreamRecord

TRIES_OF_ONE_RECORD = 3
# A store that is away costs each try its time limits already; one that throttles has room again soon, and who
# has just taken over is waited for.
TRY_AGAIN_AFTER_S = (0.1, 0.5)
_PAUSE_FENCED_S = 0.1

# Takes records through the line; on return all of them are done.
Process = Callable[[Sequence[StreamRecord]], None]
log = structlog.get_logger()


class ShardConsumer:
    """Takes what is read of one shard through the line; the checkpoint follows what is done.

    Nothing is skipped: a read that cannot be recorded is tried again until it can or the lease is gone, and
    whoever comes next starts at the checkpoint. Repeats are harmless, since recording knows them.
    """

    def __init__(
        self, held: HeldLease, reader: ShardReader, process: Process, quarantine: Quarantine, stop: Stop
    ) -> None:
        self._held = held
        self._reader = reader
        self._process = process
        self._quarantine = quarantine
        self._stop = stop
        self._shard_id = held.lease.entry.removeprefix("shard#")
        self._failures = FailureWindow()

    def run(self) -> tuple[Shard, ...] | None:
        """Work until the time-box is over, the stint is asked to end, or the lease is gone: None.

        At the end of the shard: the shards that follow it, as far as the stream has told. Raises `HaltError`
        when the shard must not go on, `ShardGoneError` and `ReplacedError` as the reader does.
        """
        lease = self._held.lease
        log.info("read", outcome="stint begun", shard=self._shard_id, epoch=lease.epoch)
        ends_at = time.monotonic() + SHARD_CONSUMER_MAX_S
        try:
            for batch in self._reader.read_batches():
                if not self._take_through(batch.records):
                    return None
                self._pass(batch)
                if batch.ended:
                    return batch.children
                if time.monotonic() > ends_at:
                    return None
            return None
        finally:
            log.info(
                "read",
                outcome="stint ended",
                shard=self._shard_id,
                epoch=lease.epoch,
                hold=self._held.hold.value,
                checkpoint=self._held.lease.checkpoint_sequence,
            )

    def _pass(self, batch: Batch) -> None:
        """Move the checkpoint over a read that is done."""
        if batch.reaches is not None:
            self._move_checkpoint(batch.reaches)
            metrics.emit(metrics.READ_RECORDS, len(batch.records))
            log.info(
                "record",
                outcome="committed",
                shard=self._shard_id,
                epoch=self._held.lease.epoch,
                records=len(batch.records),
                checkpoint=batch.reaches.sequence,
                behind_ms=batch.behind_ms,
            )
        caught_up = batch.reaches is None and batch.behind_ms == 0
        self._held.note_lag(batch.behind_ms, datetime.now(UTC) if caught_up else None)

    def _move_checkpoint(self, done: StreamRecord) -> None:
        if done.stream_position > self._held.lease.checkpoint:
            self._held.move_checkpoint(done.stream_position, done.sequence, done.arrived_at)

    def _take_through(self, records: Sequence[StreamRecord]) -> bool:
        """Take a read through the line; False when the stint had to stop before it was done."""
        while records:
            try:
                self._process_all(records)
            except TransientError as error:
                if not self._may_try_again(error):
                    return False
            except Exception:
                # Which record it was is not known: one by one, the others go through.
                log.exception("record", outcome="one by one", shard=self._shard_id)
                return self._take_one_by_one(records)
            else:
                self._failures.pass_records(len(records))
                return True
        return True

    def _take_one_by_one(self, records: Sequence[StreamRecord]) -> bool:
        for record in records:
            if not self._take_alone(record):
                return False
            self._move_checkpoint(record)
        return True

    def _take_alone(self, record: StreamRecord) -> bool:
        """Take one record through; what fails three times for a reason of ours goes into quarantine."""
        failures = 0
        while True:
            try:
                self._process_all([record])
            except TransientError as error:
                if not self._may_try_again(error):
                    return False
            except Exception as error:  # noqa: BLE001 - any bug of ours must cost one record, never the shard
                failures += 1
                if failures == TRIES_OF_ONE_RECORD:
                    self._failures.note(error)
                    return self._set_aside(record, error)
            else:
                self._failures.pass_records(1)
                return True

    def _process_all(self, records: Sequence[StreamRecord]) -> None:
        """Take records through the line; it stops between two calls once the lease is not held."""
        self._held.tick_or_stop()
        with reporting_to(self._held.tick_or_stop):
            self._process(records)

    def _set_aside(self, record: StreamRecord, error: Exception) -> bool:
        while True:
            try:
                self._held.tick_or_stop()
                set_aside(record, error, self._quarantine)
            except TransientError as failed:
                if not self._may_try_again(failed):
                    return False
            else:
                return True

    def _may_try_again(self, error: TransientError) -> bool:
        """Wait a moment, and as long as the lease is fenced; whether the same records may be tried again."""
        if self._held.hold is Hold.HELD:
            log.warning("record", outcome="tried again", shard=self._shard_id, error=str(error))
            self._wait(random.uniform(*TRY_AGAIN_AFTER_S))  # noqa: S311 - jitter, not a secret
        while self._held.hold is Hold.FENCED and not self._stop.is_asked():
            self._wait(_PAUSE_FENCED_S)
        return not self._stop.is_asked() and self._held.hold is Hold.HELD

    def _wait(self, seconds: float) -> None:
        ends_at = time.monotonic() + seconds
        while (left := ends_at - time.monotonic()) > 0 and self._held.hold is not Hold.GONE:
            self._held.tick()
            if self._stop.wait(min(left, 0.25)):
                return
