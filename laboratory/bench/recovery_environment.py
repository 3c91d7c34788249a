"""Environment of bench recovery: AWS emulator, Redis, a producer of pings, and the emulator's own speed."""

import json
import os
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Self

from django.conf import settings

from laboratory.bench.aws_endpoint import use_endpoint
from laboratory.local.addresses import LOOPBACK, find_free_port
from laboratory.local.children import start_child
from laboratory.local.emulator import describe_emulator
from laboratory.local.redis_server import describe_redis
from laboratory.local.stack import apply_stack
from tracking.adapters.aws import build_client
from tracking.adapters.items import STATE_KEY
from tracking.adapters.stream import KinesisEventStream

READY_WITHIN_S = 60.0
# Records per second: a third of what the emulator accepts at its slowest.
RATE = 40.0
ACCESS_KEY = "bench"
TICK_S = 0.1
CEILING_MEASURED_FOR_S = 1.0


class RecoveryEnvironment:
    """Context manager that starts the AWS emulator with the product's stack, and a Redis."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        aws, redis = find_free_port(), find_free_port()
        self.endpoint, self.redis_port = f"http://{LOOPBACK}:{aws}", redis
        for program in (
            describe_emulator(
                self._folder / "aws", self._folder / "aws.log", aws, settings.AWS_REGION, ACCESS_KEY
            ),
            describe_redis(self._folder / "redis", self._folder / "redis.log", redis),
        ):
            child = start_child(program)
            self._stack.callback(child.stop)
            child.wait_ready(READY_WITHIN_S)
        self._stack.enter_context(use_endpoint(self.endpoint, ACCESS_KEY))
        apply_stack()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment variables by which a process finds the emulator and Redis."""
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


class Producer(threading.Thread):
    """Thread that puts pings of distinct shipments, and keeps the ids the stream has accepted."""

    def __init__(self, run: str) -> None:
        super().__init__(name="producer", daemon=True)
        self._run = run
        self._stream = KinesisEventStream(settings.AWS_NAMES["stream"])
        self._stopping = threading.Event()
        self.accepted: list[str] = []

    def run(self) -> None:
        """Put small batches at `RATE` records a second until stopped."""
        began_at, sent = time.monotonic(), 0
        while not self._stopping.wait(TICK_S):
            due = int((time.monotonic() - began_at) * RATE) - sent
            names = [f"{self._run}-{sent + number}" for number in range(due)]
            outcomes = self._stream.put([(name, _make_ping(name)) for name in names])
            self.accepted += [name for name, outcome in zip(names, outcomes, strict=True) if outcome is None]
            sent += due

    def stop(self) -> None:
        """Stop putting records and wait for the thread to end."""
        self._stopping.set()
        self.join()


def measure_ceiling() -> dict[str, float]:
    """Measure how many calls a second one client can make to the emulator: a limit for all consumers."""
    kinesis, stream = build_client("kinesis"), settings.AWS_NAMES["stream"]
    shard = kinesis.list_shards(StreamName=stream)["Shards"][0]["ShardId"]
    iterator = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard, ShardIteratorType="LATEST")
    dynamodb, table = build_client("dynamodb"), settings.AWS_NAMES["tracking_table"]
    key = {"shipment_id": {"S": "ceiling"}, "timestamp": {"S": STATE_KEY}}
    return {
        "empty GetRecords": _measure_rate(
            lambda: kinesis.get_records(ShardIterator=iterator["ShardIterator"])
        ),
        "conditional UpdateItem": _measure_rate(
            lambda: dynamodb.update_item(
                TableName=table,
                Key=key,
                UpdateExpression="SET seen = :one",
                ConditionExpression="attribute_not_exists(never)",
                ExpressionAttributeValues={":one": {"N": "1"}},
            )
        ),
    }


def _measure_rate(call: Callable[[], object]) -> float:
    began_at, calls = time.monotonic(), 0
    while time.monotonic() - began_at < CEILING_MEASURED_FOR_S:
        call()
        calls += 1
    return round(calls / (time.monotonic() - began_at), 1)


def _make_ping(name: str) -> bytes:
    ping = {"event_id": name, "shipment_id": name, "lat": 12.97, "lon": 77.59, "timestamp": time.time()}
    return json.dumps(ping).encode()
