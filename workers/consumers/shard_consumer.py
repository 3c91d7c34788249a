"""Shard consumer: reads one shard from its checkpoint and processes the records, under a lease."""

import random
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import structlog
from django.conf import settings

from tracking import metrics
from tracking.domain.errors import TransientError
from tracking.progress import reporting_to
from tracking.turns import TURNS
from workers.consumers.failure_window import FailureWindow
from workers.consumers.shard_reader import Batch, ShardReader
from workers.leases.held import HeldLease, Hold
from workers.leases.policies import SHARD_CONSUMER_MAX_S
from workers.leases.workload import StopSignal
from workers.line.process import quarantine_failed
from workers.ports import Quarantine, Shard, StreamRecord

# More records are not processed at once; larger batches cost no less CPU. A consumer shows that it is alive
# before each call. With ten shards in a process whose core is busy, the work on 2,000 records between two
# calls can take longer than a consumer may be silent.
RECORDS_AT_ONCE = 500
ATTEMPTS_PER_RECORD = 3
# Range of the random pause between two attempts. It is short: calls to a store that cannot be reached take
# their own timeouts, and one that throttles has capacity again soon.
RETRY_AFTER_S = (0.1, 0.5)
_FENCED_PAUSE_S = 0.1

# Processes records; on return all of them are done.
ProcessRecords = Callable[[Sequence[StreamRecord]], None]
log = structlog.get_logger()


class ShardConsumer:
    """Processes the records of one shard in order, and moves the checkpoint over those that are done.

    No record is skipped: a read that cannot be recorded is tried again until it can or the lease is gone, and
    the next owner starts at the checkpoint. Records that are processed twice change nothing the second time.
    """

    def __init__(
        self,
        held: HeldLease,
        reader: ShardReader,
        process: ProcessRecords,
        quarantine: Quarantine,
        stop: StopSignal,
    ) -> None:
        self._held = held
        self._reader = reader
        self._process = process
        self._quarantine = quarantine
        self._stop = stop
        self._shard_id = held.lease.entry.removeprefix("shard#")
        self._failures = FailureWindow()

    def run(self) -> tuple[Shard, ...] | None:
        """Work for `SHARD_CONSUMER_MAX_S`, or until a stop, the loss of the lease or the end of the shard.

        At the end of the shard return its children, as far as the last read named them; else None. Raises
        `HaltError` when the shard must not go on, and `ShardGoneError` and `ReplacedError` from the reader.
        """
        lease = self._held.lease
        log.info("read", outcome="shard consumer started", shard=self._shard_id, epoch=lease.epoch)
        ends_at = time.monotonic() + SHARD_CONSUMER_MAX_S
        try:
            for batch in self._reader.read_batches():
                if not self._process_batch(batch.records):
                    return None
                self._commit(batch)
                if batch.ended:
                    return batch.children
                if time.monotonic() > ends_at:
                    return None
            return None
        finally:
            log.info(
                "read",
                outcome="shard consumer ended",
                shard=self._shard_id,
                epoch=lease.epoch,
                hold=self._held.hold.value,
                checkpoint=self._held.lease.checkpoint_sequence,
            )

    def _commit(self, batch: Batch) -> None:
        """Move the checkpoint over a batch that is done."""
        if batch.reaches is not None:
            self._move_checkpoint(batch.reaches)
            metrics.emit(metrics.READ_RECORDS, len(batch.records))
            if settings.LOG_CHECKPOINTS:
                self._log_checkpoint(batch, batch.reaches.sequence)
        caught_up = batch.reaches is None and batch.behind_ms == 0
        self._held.note_lag(batch.behind_ms, datetime.now(UTC) if caught_up else None)

    def _log_checkpoint(self, batch: Batch, sequence: str) -> None:
        log.info(
            "record",
            outcome="committed",
            shard=self._shard_id,
            epoch=self._held.lease.epoch,
            records=len(batch.records),
            checkpoint=sequence,
            behind_ms=batch.behind_ms,
        )

    def _move_checkpoint(self, done: StreamRecord) -> None:
        if done.stream_position > self._held.lease.checkpoint:
            self._held.move_checkpoint(done.stream_position, done.sequence, done.arrived_at)

    def _process_batch(self, records: Sequence[StreamRecord]) -> bool:
        """Process a batch in pieces, and move the checkpoint over each that is done.

        Return False if the consumer had to stop before all were done.
        """
        for start in range(0, len(records), RECORDS_AT_ONCE):
            piece = records[start : start + RECORDS_AT_ONCE]
            if not self._process_piece(piece):
                return False
            self._move_checkpoint(piece[-1])
        return True

    def _process_piece(self, records: Sequence[StreamRecord]) -> bool:
        """Process records together; return False if the consumer had to stop before they were done."""
        while True:
            try:
                self._process_all(records)
            except TransientError as error:
                if not self._wait_for_retry(error):
                    return False
            except Exception:
                # The record at fault is not known, so they are processed one by one.
                log.exception("record", outcome="one by one", shard=self._shard_id)
                return self._process_one_by_one(records)
            else:
                self._failures.add_processed(len(records))
                return True

    def _process_one_by_one(self, records: Sequence[StreamRecord]) -> bool:
        for record in records:
            if not self._process_alone(record):
                return False
            self._move_checkpoint(record)
        return True

    def _process_alone(self, record: StreamRecord) -> bool:
        """Process one record; quarantine it after three failures that are not transient."""
        failures = 0
        while True:
            try:
                self._process_all([record])
            except TransientError as error:
                if not self._wait_for_retry(error):
                    return False
            except Exception as error:  # noqa: BLE001 - a bug must cost one record, not the shard
                failures += 1
                if failures == ATTEMPTS_PER_RECORD:
                    self._failures.add_failure(error)
                    return self._set_aside(record, error)
            else:
                self._failures.add_processed(1)
                return True

    def _process_all(self, records: Sequence[StreamRecord]) -> None:
        """Process records; before each AWS call `NotHeldError` is raised if the lease is not held."""
        self._held.tick_or_stop()
        with reporting_to(self._held.tick_or_stop), TURNS.taking_turn():
            self._process(records)

    def _set_aside(self, record: StreamRecord, error: Exception) -> bool:
        while True:
            try:
                self._held.tick_or_stop()
                quarantine_failed(record, error, self._quarantine)
            except TransientError as failed:
                if not self._wait_for_retry(failed):
                    return False
            else:
                return True

    def _wait_for_retry(self, error: TransientError) -> bool:
        """Pause, and wait while the lease is fenced; return whether the same records may be tried again."""
        if self._held.hold is Hold.HELD:
            log.warning("record", outcome="tried again", shard=self._shard_id, error=str(error))
            self._wait(random.uniform(*RETRY_AFTER_S))  # noqa: S311 - jitter, not a secret
        while self._held.hold is Hold.FENCED and not self._stop.is_requested():
            self._wait(_FENCED_PAUSE_S)
        return not self._stop.is_requested() and self._held.hold is Hold.HELD

    def _wait(self, seconds: float) -> None:
        ends_at = time.monotonic() + seconds
        while (left := ends_at - time.monotonic()) > 0 and self._held.hold is not Hold.GONE:
            self._held.tick()
            if self._stop.wait(min(left, 0.25)):
                return
