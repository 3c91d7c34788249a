"""Stream of the stub: shards are filled before the run, and every record is rendered once."""

import base64
import json
import time
from bisect import bisect_right
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
    """Records in order, rendered up to their arrival, and when each arrives in epoch seconds."""

    rendered: list[bytes] = field(default_factory=list)
    due: list[float] = field(default_factory=list)


class Stream:
    """Records of one run, distributed over the shards in turn.

    They report of the moments before `made_at` (epoch seconds). With a `rate` (records a second over all busy
    shards) they arrive one by one, `begins_in_s` after all are made. The first `idle` shards get none.
    """

    def __init__(self, task: dict[str, Any]) -> None:
        now = time.time()
        count, rate = int(task["events"]), task.get("rate")
        self.shards = [Shard() for _ in range(int(task.get("shards", 1)))]
        busy = self.shards[int(task.get("idle", 0)) :]
        at = datetime.fromtimestamp(float(task.get("made_at", now)), UTC)
        changes = float(task.get("changes", CHANGES))
        self.sent = list(
            make_records(task["run"], count, int(task["seed"]), at, changes, task.get("shipments"))
        )
        for number, record in enumerate(self.sent):
            busy[number % len(busy)].rendered.append(_render(number, record.raw, record.shipment_id))
        self.begins_at = time.time() + float(task.get("begins_in_s", 0.0)) if rate else now
        for number in range(count):
            arrived = self.begins_at + number / rate if rate else now
            busy[number % len(busy)].due.append(arrived)

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
        end = min(start + limit, bisect_right(shard.due, time.time()))
        page = [
            b"%b%.3f}" % record
            for record in zip(shard.rendered[start:end], shard.due[start:end], strict=True)
        ]
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


def _render(number: int, raw: bytes, key: str | None) -> bytes:
    """Render a record as Kinesis does, up to its arrival."""
    record = {
        "SequenceNumber": str(FIRST_SEQUENCE + number * 1_000_003),
        "Data": base64.b64encode(raw).decode(),
        "PartitionKey": key or "unreadable",
    }
    return json.dumps(record, separators=(",", ":")).encode()[:-1] + b',"ApproximateArrivalTimestamp":'
