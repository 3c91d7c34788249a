"""The stub's stream: shards filled before the run, pages of records rendered once."""

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
    """Records in order, each rendered; `due` are the epoch seconds they arrive at, empty: all at once."""

    rendered: list[bytes] = field(default_factory=list)
    due: list[float] = field(default_factory=list)


class Stream:
    """The records of one run, spread over shards in turn.

    `rate` (records a second over all busy shards) lets them arrive one by one; `idle` shards get none.
    """

    def __init__(self, task: dict[str, Any]) -> None:
        now = time.time()
        count, rate = int(task["events"]), task.get("rate")
        self.shards = [Shard() for _ in range(int(task.get("shards", 1)))]
        self.begins_at = float(task.get("begins_at", now))
        busy = self.shards[int(task.get("idle", 0)) :]
        at = datetime.fromtimestamp(now, UTC)
        self.sent = list(
            make_records(task["run"], count, int(task["seed"]), at, float(task.get("changes", CHANGES)))
        )
        for number, record in enumerate(self.sent):
            arrived = self.begins_at + number / rate if rate else now
            shard = busy[number % len(busy)]
            shard.rendered.append(_render(number, record.raw, record.shipment_id, arrived))
            if rate:
                shard.due.append(arrived)

    def list_shards(self) -> dict[str, Any]:
        """The answer to ListShards."""
        width = HASH_SPACE // len(self.shards)
        return {
            "Shards": [
                {
                    "ShardId": shard_id(number),
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
        """The answer to GetRecords; an iterator is `<shard>:<index>`."""
        number, start = map(int, iterator.split(":"))
        shard = self.shards[number]
        end = min(start + limit, _arrived(shard, time.time()))
        page = shard.rendered[start:end]
        rest = f'],"NextShardIterator":"{number}:{start + len(page)}","MillisBehindLatest":0}}'
        return b'{"Records":[' + b",".join(page) + rest.encode()


def shard_id(number: int) -> str:
    """The id as Kinesis writes it."""
    return f"shardId-{number:012d}"


def start_of(request: dict[str, Any], shards: Sequence[Shard]) -> str:
    """The iterator GetShardIterator answers with."""
    number = int(request["ShardId"].removeprefix("shardId-"))
    if request["ShardIteratorType"] == "LATEST":
        return f"{number}:{len(shards[number].rendered)}"
    return f"{number}:0"


def _arrived(shard: Shard, now: float) -> int:
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
