"""What it takes to kill a reader and see who goes on: emulator, Redis, a producer, who handled what when."""

import hashlib
import json
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple, Self

from django.conf import settings

from laboratory.local.addresses import LOOPBACK, find_free_port
from laboratory.local.children import start_child
from laboratory.local.emulator import describe_emulator
from laboratory.local.redis_server import describe_redis
from laboratory.local.stack import apply_stack
from tracking.adapters.aws import build_client
from tracking.adapters.items import STATE_KEY, read_event, read_state
from tracking.adapters.stream import KinesisEventStream

READY_WITHIN_S = 60.0
# A third of what the emulator takes at its slowest.
RATE = 40.0
TICK_S = 0.1
CEILING_TAKES_S = 1.0


class Handled(NamedTuple):
    """One record handled: when (seconds of the epoch), which event."""

    at: float
    event_id: str


class Theatre:
    """The emulator with the product's stack, and a Redis; use it as a context manager."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        aws, redis = find_free_port(), find_free_port()
        self.endpoint, self.redis_port = f"http://{LOOPBACK}:{aws}", redis
        for program in (
            describe_emulator(self._folder / "aws", self._folder / "aws.log", aws, settings.AWS_REGION),
            describe_redis(self._folder / "redis", self._folder / "redis.log", redis),
        ):
            child = start_child(program)
            self._stack.callback(child.stop)
            child.wait_ready(READY_WITHIN_S)
        self._stack.enter_context(_reaching(self.endpoint))
        apply_stack()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def environment(self) -> dict[str, str]:
        """Where a process finds the emulator and Redis."""
        redis = f"redis://{LOOPBACK}:{self.redis_port}"
        return dict(os.environ) | {
            "AWS_ENDPOINT_URL": self.endpoint,
            "REDIS_URL": redis,
            "CELERY_BROKER_URL": f"{redis}/0",
            "REDIS_HOST": LOOPBACK,
            "REDIS_PORT": str(self.redis_port),
            "STAGE": "local",
            "PYTHONUNBUFFERED": "1",
        }


@contextmanager
def _reaching(endpoint: str) -> Iterator[None]:
    """For a while, reach the emulator that was started here, whatever else the environment names."""
    before, variables = settings.AWS_ENDPOINT_URL, dict(os.environ)
    settings.AWS_ENDPOINT_URL = endpoint
    os.environ |= {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench"}
    build_client.cache_clear()
    try:
        yield
    finally:
        settings.AWS_ENDPOINT_URL = before
        os.environ.clear()
        os.environ.update(variables)
        build_client.cache_clear()


class Producer(threading.Thread):
    """Puts pings of shipments that are all different, and keeps what the stream has accepted."""

    def __init__(self, run: str) -> None:
        super().__init__(name="producer", daemon=True)
        self._run = run
        self._stream = KinesisEventStream(settings.AWS_NAMES["stream"])
        self._stopping = threading.Event()
        self.accepted: list[str] = []

    def run(self) -> None:
        """One little batch after the other."""
        began_at, sent = time.monotonic(), 0
        while not self._stopping.wait(TICK_S):
            due = int((time.monotonic() - began_at) * RATE) - sent
            names = [f"{self._run}-{sent + number}" for number in range(due)]
            outcomes = self._stream.put([(name, _make_ping(name)) for name in names])
            self.accepted += [name for name, outcome in zip(names, outcomes, strict=True) if outcome is None]
            sent += due

    def stop(self) -> None:
        """Put no more."""
        self._stopping.set()
        self.join()


def measure_ceiling() -> dict[str, float]:
    """What the emulator takes from one client, in calls a second: what no consumer on it can exceed."""
    kinesis, stream = build_client("kinesis"), settings.AWS_NAMES["stream"]
    shard = kinesis.list_shards(StreamName=stream)["Shards"][0]["ShardId"]
    iterator = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, ShardIteratorType="LATEST")
    dynamodb, table = build_client("dynamodb"), settings.AWS_NAMES["tracking_table"]
    key = {"shipment_id": {"S": "ceiling"}, "timestamp": {"S": STATE_KEY}}
    return {
        "empty GetRecords": _rate(lambda: kinesis.get_records(ShardIterator=iterator["ShardIterator"])),
        "conditional UpdateItem": _rate(
            lambda: dynamodb.update_item(
                TableName=table,
                Key=key,
                UpdateExpression="SET seen = :one",
                ConditionExpression="attribute_not_exists(never)",
                ExpressionAttributeValues={":one": {"N": "1"}},
            )
        ),
    }


def _rate(call: Callable[[], object]) -> float:
    began_at, calls = time.monotonic(), 0
    while time.monotonic() - began_at < CEILING_TAKES_S:
        call()
        calls += 1
    return round(calls / (time.monotonic() - began_at), 1)


def count_repeats(folder: Path) -> int:
    """Records that workers were given again and recognised, by the metrics in their logs."""
    lines = (line for path in folder.glob("shards-*.log") for line in path.read_text().splitlines())
    return sum(
        int(json.loads(line)["record_repeats"])
        for line in lines
        if line.endswith("}") and "record_repeats" in line
    )


def read_journals(folder: Path) -> list[Handled]:
    """What handlers have noted, in order of time."""
    lines = (line.split() for path in folder.glob("*.journal") for line in path.read_text().splitlines())
    return sorted(Handled(float(words[0]), words[1]) for words in lines if len(words) == 2)


def read_recorded(run: str) -> tuple[list[Handled], Counter[str]]:
    """What the product has recorded of a run, in order of time, and how often each event moved its state."""
    handled, moved = [], Counter[str]()
    for item in _scan():
        name = item["shipment_id"]["S"]
        if not name.startswith(f"{run}-"):
            continue
        if item["timestamp"]["S"] == STATE_KEY:
            moved[name] = read_state(item).state_version
        elif (event := read_event(item)).recorded_at is not None:
            handled.append(Handled(event.recorded_at.timestamp(), name))
    return sorted(handled), moved


def find_takeover(handled: Iterable[Handled], killed_at: float) -> float:
    """Seconds from the last record before the kill to the first after it, on the shard that waited longer."""
    last, first = [killed_at, killed_at], [float("inf"), float("inf")]
    for one in handled:
        shard = shard_of(one.event_id)
        if one.at <= killed_at:
            last[shard] = one.at
        else:
            first[shard] = min(first[shard], one.at)
    return max(after - before for before, after in zip(last, first, strict=True))


def find_silence(handled: Iterable[Handled], since: float) -> float:
    """The longest that a shard stood still from its last record before `since` on, in seconds."""
    times: tuple[list[float], list[float]] = ([since], [since])
    for one in handled:
        own = times[shard_of(one.event_id)]
        if one.at <= since:
            own[0] = one.at
        else:
            own.append(one.at)
    return max(max((b - a for a, b in pairwise(own)), default=float("inf")) for own in times)


def shard_of(key: str) -> int:
    """Which of the stream's two shards takes a key."""
    return hashlib.md5(key.encode(), usedforsecurity=False).digest()[0] >> 7


def _make_ping(name: str) -> bytes:
    ping = {"event_id": name, "shipment_id": name, "lat": 12.97, "lon": 77.59, "timestamp": time.time()}
    return json.dumps(ping).encode()


def _scan() -> Iterator[dict[str, Any]]:
    start: dict[str, Any] = {}
    while True:
        page = build_client("dynamodb").scan(TableName=settings.AWS_NAMES["tracking_table"], **start)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
