"""The record stream in memory, for tests and simulation: shards that can be filled, split and merged."""

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


def _read_clock() -> datetime:
    return datetime.now(UTC)


@dataclass
class _Shard:
    """A shard's records and the hash keys it takes; closed when it has been split or merged."""

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
    """`RecordStream`, and what fills it (`put`); sequence numbers grow over all shards, unpadded."""

    def __init__(
        self,
        name: str = "scans",
        shards: int = 1,
        created_epoch: int = 1,
        now: Callable[[], datetime] = _read_clock,
        *,
        says_end: bool = True,
    ) -> None:
        """A stream with as many equal shards; `created_epoch` tells one made anew from its predecessor.

        With `says_end` off it never tells by a read that a shard has ended, as some emulators do not.
        """
        self.retention = timedelta(days=7)
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
        """Close the shard and open two in its place; their ids, lower half first."""
        with self._lock:
            parent = self._close(shard_id)
            middle = (parent.first_hash + parent.end_hash) // 2
            lower = self._add_shard(parent.first_hash, middle, (shard_id,))
            upper = self._add_shard(middle, parent.end_hash, (shard_id,))
        return lower, upper

    def merge(self, shard_id: str, adjacent_id: str) -> str:
        """Close two adjacent shards (lower first) and open one in their place; its id."""
        with self._lock:
            lower, upper = self._close(shard_id), self._close(adjacent_id)
            return self._add_shard(lower.first_hash, upper.end_hash, (shard_id, adjacent_id))

    def trim(self, shard_id: str, count: int) -> None:
        """Forget the oldest records of a shard, as the end of their retention does."""
        with self._lock:
            shard = self._find(shard_id)
            shard.records = shard.records[count:]
            self.expire_cursors()

    def drop(self, shard_id: str) -> None:
        """Forget a shard with all its records."""
        with self._lock:
            del self._shards[shard_id]

    def expire_cursors(self) -> None:
        """Make every cursor given so far too old."""
        with self._lock:
            self._oldest_cursor = next(self._cursors)

    def incarnation(self) -> str:
        """`<stream name>@<creation epoch>`."""
        return f"{self._name}@{self._created_epoch}"

    def read_retention(self) -> timedelta:
        """For how long the stream says it keeps a record; it forgets one only when told to."""
        return self.retention

    def list_shards(self) -> list[Shard]:
        """All shards, closed ones included, with their parents."""
        with self._lock:
            return [shard.show() for shard in self._shards.values()]

    def open_shard(self, shard_id: str, at: str) -> str:
        """A cursor at the record with sequence number `at`, or the next one kept; `""`: at the oldest."""
        with self._lock:
            records = self._find(shard_id).records
            start = int(at or 0)
            index = sum(1 for record in records if int(record.sequence) < start)
            return self._make_cursor(shard_id, index)

    def read(self, shard_id: str, cursor: str, limit: int) -> Read:
        """Up to `limit` records from the cursor on; no further cursor at the end of a closed shard."""
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
