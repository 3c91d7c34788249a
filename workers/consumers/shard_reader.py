"""Reader of one shard: records after the checkpoint, in order, one read ahead of processing."""

import queue
import random
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

import structlog

from tracking.domain.errors import PermanentError, TransientError
from workers.consumers.read_pacing import ReadPacing
from workers.consumers.shard_listing import ShardListing
from workers.consumers.stream_losses import SHORTEST_RETENTION, find_gap, last_read_at, report_loss
from workers.kpl_aggregates import expand
from workers.leases.held import HeldLease, Hold
from workers.leases.workload import StopSignal
from workers.ports import CursorExpiredError, Read, RecordStream, Shard, ShardGoneError, StreamRecord
from workers.steps.meter import METER
from workers.stream_positions import split_source

READ_LIMIT = 2_000
# Kinesis shard iterators expire after five minutes.
CURSOR_MAX_AGE_S = 240.0
BACKOFF_S = (0.2, 2.0)
# Empty reads after which a shard listed as closed has ended, where the stream itself does not report the end.
EMPTY_READS_AT_END = 3
_SLICE_S = 0.25

log = structlog.get_logger()


class Batch(NamedTuple):
    """Records of one read, in order; `reaches` is the last record fetched, `ended` the end of the shard."""

    records: list[StreamRecord]
    reaches: StreamRecord | None
    behind_ms: int
    ended: bool = False
    children: tuple[Shard, ...] = ()


class ReplacedError(Exception):
    """Raised when the stream was deleted and created again: its records belong to another lease."""


class ShardReader:
    """Reads one shard for one shard consumer; at most one batch is fetched while another is processed."""

    def __init__(
        self,
        held: HeldLease,
        stream: RecordStream,
        stop: StopSignal,
        listing: ShardListing,
    ) -> None:
        """`listing` is the last listing of the stream by the audits of this process."""
        self._held = held
        self._stream = stream
        self._stop = stop
        self._listing = listing
        self._shard_id = held.lease.entry.removeprefix("shard#")
        self._created = held.lease.group.rpartition("@")[2]
        # Stream position and sequence number of the last record fetched, and the cursor behind it.
        self._stream_position = held.lease.checkpoint
        self._sequence = held.lease.checkpoint_sequence
        self._cursor: str | None = None
        self._cursor_from = 0.0
        self._pacing = ReadPacing()
        self._may_fetch = threading.Semaphore(1)
        self._fetched: queue.SimpleQueue[Batch | Exception | None] = queue.SimpleQueue()
        self._more_waits = False
        self._has_checked_for_loss = False
        self._empty_at_end = 0

    def read_batches(self) -> Iterator[Batch]:
        """Yield batches until the shard ends, a stop is requested or the lease is gone.

        Raises `ShardGoneError` or `ReplacedError` when there is nothing left to read under this lease.
        """
        threading.Thread(target=self._fetch_all, name=f"read {self._shard_id}", daemon=True).start()
        while not self._stop.is_requested():
            try:
                batch = self._fetched.get(timeout=_SLICE_S)
            except queue.Empty:
                continue
            if batch is None:
                return
            if isinstance(batch, Exception):
                raise batch
            self._may_fetch.release()
            yield batch
            if batch.ended:
                return

    def _fetch_all(self) -> None:
        try:
            while self._may_read():
                batch = self._fetch()
                if batch is None:
                    self._may_fetch.release()
                    continue
                self._fetched.put(batch)
                if batch.ended:
                    return
        except Exception as error:  # noqa: BLE001 - raised again in `read_batches`
            self._fetched.put(error)
        else:
            self._fetched.put(None)

    def _may_read(self) -> bool:
        """Wait until another batch may be fetched and the next read is due; return False at the end."""
        # No tick while a fetched batch waits: the commit in progress has to show that it is alive.
        while not self._may_fetch.acquire(timeout=_SLICE_S):
            if self._is_over():
                return False
        self._pause(self._pacing.delay(more_waits=self._more_waits))
        while not self._is_over() and self._held.hold is Hold.FENCED:
            self._pause(_SLICE_S)
        return not self._is_over()

    def _is_over(self) -> bool:
        return self._stop.is_requested() or self._held.hold is Hold.GONE

    def _pause(self, seconds: float) -> None:
        while seconds > 0 and not self._is_over():
            self._held.tick()
            self._stop.wait(min(seconds, _SLICE_S))
            seconds -= _SLICE_S
        self._held.tick()

    def _fetch(self) -> Batch | None:
        """Return the next batch, or None if this read failed and has to be tried again."""
        if self._listing.is_replaced(self._held.lease):
            raise ReplacedError(f"the stream is {self._listing.group} now")
        try:
            cursor = self._open()
            closed = self._listing.is_closed(self._shard_id)
            self._pacing.spend()
            read = self._stream.read(self._shard_id, cursor, READ_LIMIT)
        except CursorExpiredError:
            self._cursor = None
            return None
        except TransientError as error:
            METER.add_errors("read")
            log.warning("read", outcome="tried again", shard=self._shard_id, error=str(error))
            self._pause(random.uniform(*BACKOFF_S))  # noqa: S311 - jitter, not a secret
            return None
        self._held.tick()
        return self._make_batch(read, closed=closed)

    def _open(self) -> str:
        """Return the cursor for the next read; open a new one at the last record if it is too old."""
        if self._cursor is None or time.monotonic() - self._cursor_from > CURSOR_MAX_AGE_S:
            if not self._has_checked_for_loss:
                self._check_for_loss()
            self._cursor = self._open_at_last_record()
            self._cursor_from = time.monotonic()
        return self._cursor

    def _open_at_last_record(self) -> str:
        try:
            return self._stream.open_shard(self._shard_id, self._sequence)
        except ShardGoneError:
            raise
        except PermanentError as error:
            # The stream has the shard but not the sequence number: the record was trimmed.
            now = datetime.now(UTC)
            report_loss(self._held.lease, now - (last_read_at(self._held.lease) or now), str(error))
            return self._stream.open_shard(self._shard_id, "")

    def _check_for_loss(self) -> None:
        """Report records that were trimmed unread; called once, before the first read."""
        lease, now = self._held.lease, datetime.now(UTC)
        if find_gap(lease, SHORTEST_RETENTION, now) is not None:
            gap = find_gap(lease, self._stream.read_retention(), now)
            if gap is not None:
                report_loss(lease, gap, "trimmed before it was read")
        self._has_checked_for_loss = True

    def _make_batch(self, read: Read, *, closed: bool) -> Batch:
        if read.records and split_source(read.records[0].source)[0] != self._created:
            raise ReplacedError(f"{read.records[0].source} does not belong to {self._held.lease.group}")
        self._cursor, self._cursor_from = read.next_cursor, time.monotonic()
        self._more_waits = len(read.records) == READ_LIMIT
        lease = self._held.lease
        records = expand(read.records, lease.hash_from, lease.hash_to)
        # The record at which the shard was opened is read again, and parts of an aggregate that are done.
        fresh = [record for record in records if record.stream_position > self._stream_position]
        reaches = max(
            (*fresh[-1:], *read.records[-1:]), key=lambda record: record.stream_position, default=None
        )
        if reaches is not None and reaches.stream_position > self._stream_position:
            self._stream_position, self._sequence = reaches.stream_position, reaches.sequence
        ended = read.next_cursor is None or self._was_empty_at_end(read, closed=closed)
        return Batch(fresh, reaches, read.behind_ms, ended, read.children)

    def _was_empty_at_end(self, read: Read, *, closed: bool) -> bool:
        """Return whether a shard that was listed as closed has had enough empty reads to have ended."""
        empty = closed and not read.records and read.behind_ms == 0
        self._empty_at_end = self._empty_at_end + 1 if empty else 0
        return self._empty_at_end >= EMPTY_READS_AT_END
