"""Stream of the stub: shards are filled before the run, and every record is rendered once."""

import base64
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from laboratory.bench.inputs import CHANGES, make_records

CREATED_AT = 1_767_225_600
FIRST_SEQUENCE = 49650000000000000000000000000000000000000000000000000000
HASH_SPACE = 2**128


@dataclass
class Shard:
    """Rendered records in order; `due` are their arrivals in epoch seconds, empty if all are there."""

    rendered: list[bytes] = field(default_factory=list)
    due: list[float] = field(default_factory=list)


class Stream:
    """Records of one run, distributed over the shards in turn.

    With a `rate` (records a second over all busy shards) they arrive one by one. The first `idle` shards get
    none.
    """

    def __init__(self, task: dict[str, Any]) -> None:
        now = time.time()
        count, rate = int(task["events"]), task.get("rate")
        self.shards = [Shard() for _ in range(int(task.get("shards", 1)))]
        self.begins_at = float(task.get("begins_at", now))
        busy = self.shards[int(task.get("idle", 0)) :]
        at = datetime.fromtimestamp(now, UTC)
        changes = float(task.get("changes", CHANGES))
        self.sent = list(
            make_records(task["run"], count, int(task["seed"]), at, changes, task.get("shipments"))
        )
        for number, record in enumerate(self.sent):
            arrived = self.begins_at + number / rate if rate else now
            shard = busy[number % len(busy)]
            shard.rendered.append(_render(number, record.raw, record.shipment_id, arrived))
            if rate:
                shard.due.append(arrived)

    def list_shards(self) -> dict[str, Any]:
        """Return the answer to ListShards."""
        width = HASH_SPACE // len(self.shards)
        return {
            "Shards": [
                {
                    "ShardId": format_shard_id(number),
                    "HashKeyRange": {
                        "StartingHashKey": str(number * width),
                        "EndingHashKey": str((number + 1) * width - 1),
                    },
                    "SequenceNumberRange": {"StartingSequenceNumber": str(FIRST_SEQUENCE)},
                }
                for number in range(len(self.shards))
            ]
        }

    def read(self, iterator: str, limit: int) -> bytes:
        """Return the answer to GetRecords; an iterator is `<shard>:<index>`."""
        number, start = map(int, iterator.split(":"))
        shard = self.shards[number]
        end = min(start + limit, _count_arrived(shard, time.time()))
        page = shard.rendered[start:end]
        rest = f'],"NextShardIterator":"{number}:{start + len(page)}","MillisBehindLatest":0}}'
        return b'{"Records":[' + b",".join(page) + rest.encode()


def format_shard_id(number: int) -> str:
    """Format the id of a shard as Kinesis does."""
    return f"shardId-{number:012d}"


def make_iterator(request: dict[str, Any], shards: Sequence[Shard]) -> str:
    """Return the iterator that GetShardIterator answers with."""
    number = int(request["ShardId"].removeprefix("shardId-"))
    if request["ShardIteratorType"] == "LATEST":
        return f"{number}:{len(shards[number].rendered)}"
    return f"{number}:0"


def _count_arrived(shard: Shard, now: float) -> int:
    if not shard.due:
        return len(shard.rendered)
    low, high = 0, len(shard.due)
    while low < high:
        middle = (low + high) // 2
        low, high = (middle + 1, high) if shard.due[middle] <= now else (low, middle)
    return low


def _render(number: int, raw: bytes, key: str | None, arrived: float) -> bytes:
    return json.dumps(
        {
            "SequenceNumber": str(FIRST_SEQUENCE + number * 1_000_003),
            "ApproximateArrivalTimestamp": round(arrived, 3),
            "Data": base64.b64encode(raw).decode(),
            "PartitionKey": key or "unreadable",
        },
        separators=(",", ":"),
    ).encode()
