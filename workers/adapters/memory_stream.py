"""Record stream in memory, for tests and simulation, with puts, splits and merges."""

import hashlib
import itertools
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from tracking.domain.errors import PermanentError
from workers.ports import CursorExpiredError, Read, Shard, ShardGoneError, StreamRecord
from workers.stream_positions import make_stream_position

HASH_KEYS = 2**128
SHORTEST_RETENTION, LONGEST_RETENTION = timedelta(days=1), timedelta(days=365)


def _read_clock() -> datetime:
    return datetime.now(UTC)


@dataclass
class _Shard:
    """Shard with its records and its range of hash keys; closed when it is split or merged."""

    shard_id: str
    first_hash: int
    end_hash: int
    parent_ids: tuple[str, ...] = ()
    closed: bool = False
    records: list[StreamRecord] = field(default_factory=list)

    def show(self) -> Shard:
        return Shard(
            self.shard_id, self.parent_ids, str(self.first_hash), str(self.end_hash - 1), closed=self.closed
        )

    def takes(self, hash_key: int) -> bool:
        return not self.closed and self.first_hash <= hash_key < self.end_hash


class MemoryStream:
    """`RecordStream` with `put`. Sequence numbers grow across all shards, and are not padded."""

    def __init__(
        self,
        name: str = "scans",
        shards: int = 1,
        created_epoch: int = 1,
        now: Callable[[], datetime] = _read_clock,
        *,
        says_end: bool = True,
    ) -> None:
        """Create a stream with equal shards. One that replaces another stream has another `created_epoch`.

        Without `says_end` a read never reports the end of a shard, as with some emulators.
        """
        self.retention = SHORTEST_RETENTION
        self._says_end = says_end
        self._name = name
        self._created_epoch = created_epoch
        self._now = now
        self._lock = threading.RLock()
        self._sequences = itertools.count(1)
        self._cursors = itertools.count(1)
        self._shard_numbers = itertools.count()
        self._oldest_cursor = 1
        self._shards: dict[str, _Shard] = {}
        for number in range(shards):
            self._add_shard(HASH_KEYS * number // shards, HASH_KEYS * (number + 1) // shards)

    def put(self, records: Sequence[tuple[str, bytes]]) -> list[str | None]:
        """Put (partition key, bytes) records; all are accepted."""
        with self._lock:
            for partition_key, raw in records:
                self._append(self._shard_for(partition_key), raw)
        return [None] * len(records)

    def split(self, shard_id: str) -> tuple[str, str]:
        """Split the shard; return the ids of its two children, lower half first."""
        with self._lock:
            parent = self._close(shard_id)
            middle = (parent.first_hash + parent.end_hash) // 2
            lower = self._add_shard(parent.first_hash, middle, (shard_id,))
            upper = self._add_shard(middle, parent.end_hash, (shard_id,))
        return lower, upper

    def merge(self, shard_id: str, adjacent_id: str) -> str:
        """Merge two adjacent shards, lower first; return the id of their child."""
        with self._lock:
            lower, upper = self._close(shard_id), self._close(adjacent_id)
            return self._add_shard(lower.first_hash, upper.end_hash, (shard_id, adjacent_id))

    def trim(self, shard_id: str, count: int) -> None:
        """Delete the oldest records of a shard, as at the end of their retention."""
        with self._lock:
            shard = self._find(shard_id)
            shard.records = shard.records[count:]
            self.expire_cursors()

    def drop(self, shard_id: str) -> None:
        """Delete a shard with all its records."""
        with self._lock:
            del self._shards[shard_id]

    def expire_cursors(self) -> None:
        """Expire every cursor given so far."""
        with self._lock:
            self._oldest_cursor = next(self._cursors)

    def incarnation(self) -> str:
        """Return `<stream name>@<creation epoch>`."""
        return f"{self._name}@{self._created_epoch}"

    def read_retention(self) -> timedelta:
        """Return the retention that is set; records are deleted only by `trim`."""
        return self.retention

    def set_retention(self, retention: timedelta) -> None:
        """Set the retention. Raises `PermanentError` unless it is a day to a year, as Kinesis does."""
        if not SHORTEST_RETENTION <= retention <= LONGEST_RETENTION:
            raise PermanentError(f"no stream keeps records for {retention}")
        self.retention = retention

    def list_shards(self) -> list[Shard]:
        """Return all shards, closed ones included, with their parents."""
        with self._lock:
            return [shard.show() for shard in self._shards.values()]

    def open_shard(self, shard_id: str, at: str) -> str:
        """Return a cursor at the record with sequence number `at`, or the next one; `""`: at the oldest."""
        with self._lock:
            records = self._find(shard_id).records
            start = int(at or 0)
            index = sum(1 for record in records if int(record.sequence) < start)
            return self._make_cursor(shard_id, index)

    def read(self, shard_id: str, cursor: str, limit: int) -> Read:
        """Return up to `limit` records from the cursor on, without a next cursor at the end of the shard."""
        with self._lock:
            shard = self._find(shard_id)
            start = self._read_cursor(cursor)
            records = shard.records[start : start + limit]
            end = start + len(records)
            rest = shard.records[end:]
            waiting = self._now() - rest[0].arrived_at if rest else None
            done = self._says_end and shard.closed and not rest
            return Read(
                records=records,
                next_cursor=None if done else self._make_cursor(shard_id, end),
                behind_ms=int(waiting.total_seconds() * 1000) if waiting else 0,
                children=self._find_children(shard_id) if done else (),
            )

    def _find_children(self, shard_id: str) -> tuple[Shard, ...]:
        return tuple(shard.show() for shard in self._shards.values() if shard_id in shard.parent_ids)

    def _append(self, shard: _Shard, raw: bytes) -> None:
        sequence = str(next(self._sequences))
        source = f"{self._created_epoch}/{shard.shard_id}"
        shard.records.append(StreamRecord(raw, self._now(), source, make_stream_position(sequence), sequence))

    def _shard_for(self, partition_key: str) -> _Shard:
        hash_key = int.from_bytes(hashlib.md5(partition_key.encode(), usedforsecurity=False).digest())
        return next(shard for shard in self._shards.values() if shard.takes(hash_key))

    def _add_shard(self, first_hash: int, end_hash: int, parent_ids: tuple[str, ...] = ()) -> str:
        shard_id = f"shardId-{next(self._shard_numbers):012d}"
        self._shards[shard_id] = _Shard(shard_id, first_hash, end_hash, parent_ids)
        return shard_id

    def _close(self, shard_id: str) -> _Shard:
        shard = self._find(shard_id)
        if shard.closed:
            raise PermanentError(f"{shard_id} is closed already")
        shard.closed = True
        return shard

    def _find(self, shard_id: str) -> _Shard:
        if shard_id not in self._shards:
            raise ShardGoneError(f"no shard {shard_id} in {self._name}")
        return self._shards[shard_id]

    def _make_cursor(self, shard_id: str, index: int) -> str:
        return f"{next(self._cursors)}/{shard_id}/{index}"

    def _read_cursor(self, cursor: str) -> int:
        number, _, index = cursor.split("/")
        if int(number) < self._oldest_cursor:
            raise CursorExpiredError(f"cursor {cursor} is too old")
        return int(index)
