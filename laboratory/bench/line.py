"""Measures the product's pipeline: adapters are wired as in production, without leases."""

import os
from collections.abc import Callable, Sequence
from functools import partial
from statistics import median
from typing import Any, TypeVar

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "swiftlogix.settings")

import django

django.setup()

from django.conf import settings

from laboratory.bench.delays import Delays
from laboratory.bench.paced_reading import PacedReading
from laboratory.bench.task_server import CpuMeter, read_memory_mb, serve_tasks
from swiftlogix.wiring import wire_tracking, wire_workers
from tracking.domain.errors import TransientError
from tracking.ports import TrackingPorts
from workers.consumers.shard_consumer import RECORDS_AT_ONCE
from workers.gc_tuning import collect_rarely
from workers.line import process as pipeline
from workers.ports import StreamRecord, WorkerPorts

T = TypeVar("T")
# As a shard consumer asks for it when it has to catch up.
READ_LIMIT = 2000
TRIES = 50
# `python`: garbage is collected as often as Python does by default, to show what that costs.
GARBAGE = "BENCH_GARBAGE"
# Steps of the pipeline: the name in reports -> the function's name in the pipeline's module.
VERBS = {
    "decode": "decode",
    "gather": "gather",
    "enrich": "enrich",
    "record": "record",
    "push": "push",
    "publish": "publish",
}
_untimed_verbs = {name: getattr(pipeline, name) for name in VERBS.values()}


def run_task(task: dict[str, Any], meter: CpuMeter) -> None:
    """Process the stub's records: all at once, or as they arrive if the task has a rate.

    With `parts` they are divided among as many processes by their shards, and this one takes its `part`.
    """
    shards = [shard.shard_id for shard in _retry(_ports[1].stream.list_shards)]
    if "parts" in task:
        shards = shards[task["part"] :: task["parts"]]
        task = task | {"events": task["events"] * len(shards) // task["shards"]}
    if "rate" in task:
        _process_at_rate(shards, task, meter)
    else:
        _process_at_once(shards, task, meter)


def _process_at_rate(shards: list[str], task: dict[str, Any], meter: CpuMeter) -> None:
    delays = Delays(task)

    def process(records: Sequence[StreamRecord]) -> None:
        pipeline.process(records, *_ports)
        delays.record_done(record.raw for record in records)

    with meter:
        PacedReading(_ports[1].stream, process, task["events"]).run(shards, READ_LIMIT)
    meter.beside |= delays.summarize()
    meter.counts["events"] = task["events"]


def _process_at_once(shards: list[str], task: dict[str, Any], meter: CpuMeter) -> None:
    """Read the shards to their end and process every batch that was read."""
    tracking, workers = _ports
    cursors = {shard_id: _retry(partial(workers.stream.open_shard, shard_id, "")) for shard_id in shards}
    for phase, name in VERBS.items():
        setattr(pipeline, name, meter.timed(phase, _untimed_verbs[name]))
    read = meter.timed("read", workers.stream.read)
    done, memory = 0, []
    with meter:
        while done < task["events"]:
            for shard_id in shards:
                cursor = cursors[shard_id]
                answer = _retry(partial(read, shard_id, cursor, task.get("read_limit", READ_LIMIT)))
                # In pieces, as a shard consumer processes what it has read.
                for start in range(0, len(answer.records), RECORDS_AT_ONCE):
                    piece = answer.records[start : start + RECORDS_AT_ONCE]
                    _retry(partial(pipeline.process, piece, tracking, workers))
                cursors[shard_id] = answer.next_cursor or ""
                done += len(answer.records)
            memory.append(read_memory_mb())
        _drain_live_frames(tracking)
    meter.counts["events"] = done
    quarter = len(memory) // 4
    if quarter and task.get("report_memory"):
        meter.beside["memory, second quarter"] = [median(memory[quarter : 2 * quarter]), "MB"]
        meter.beside["memory, last quarter"] = [median(memory[-quarter:]), "MB"]


def _retry(call: Callable[[], T]) -> T:
    """Call again after a transient error, with the same records, as a shard consumer does."""
    for _ in range(TRIES):
        try:
            return call()
        except TransientError:
            continue
    return call()


def _drain_live_frames(tracking: TrackingPorts) -> None:
    """Wait until all live frames are sent: sending them is part of the measured work."""
    drain = getattr(tracking.live, "drain", None)
    if drain is not None:
        drain()


def wire() -> tuple[TrackingPorts, WorkerPorts]:
    """Wire the ports as in production, and collect garbage as a worker does."""
    assert settings.AWS_ENDPOINT_URL, "the bench never calls the real AWS"
    if os.environ.get(GARBAGE) != "python":
        collect_rarely()
    return wire_tracking(), wire_workers()


if __name__ == "__main__":
    _ports = wire()
    serve_tasks(run_task)
