"""Our line as a measured process: what is wired is what production wires, but for the leases."""

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
from laboratory.bench.measured import Meter, read_memory_mb, serve
from laboratory.bench.paced import PacedReading
from swiftlogix.wiring import wire_tracking, wire_workers
from tracking.domain.errors import TransientError
from tracking.ports import TrackingPorts
from workers.gc_tuning import collect_rarely
from workers.line import process as pipeline
from workers.ports import StreamRecord, WorkerPorts

T = TypeVar("T")
# As a shard consumer asks for it when it has to catch up.
READ_LIMIT = 2000
TRIES = 50
# `python`: garbage is collected as often as Python does by itself, to show what that costs.
GARBAGE = "BENCH_GARBAGE"
# The line's verbs, by the name under which the pipeline knows each.
VERBS = {
    "decode": "decode",
    "gather": "gather",
    "enrich": "enrich",
    "record": "record",
    "push": "push",
    "publish": "publish",
}
_plain_verbs = {name: getattr(pipeline, name) for name in VERBS.values()}


def take(task: dict[str, Any], meter: Meter) -> None:
    """Take what the stub holds through the line: at once, or as it arrives where the task has a rate."""
    shards = [shard.shard_id for shard in _try_again(_ports[1].stream.list_shards)]
    if "rate" in task:
        _take_as_it_comes(shards, task, meter)
    else:
        _take_at_once(shards, task, meter)


def _take_as_it_comes(shards: list[str], task: dict[str, Any], meter: Meter) -> None:
    delays = Delays(task)

    def process(records: Sequence[StreamRecord]) -> None:
        pipeline.process(records, *_ports)
        delays.note(record.raw for record in records)

    with meter:
        PacedReading(_ports[1].stream, process, task["events"]).run(shards, READ_LIMIT)
    meter.beside |= delays.tell()
    meter.counts["events"] = task["events"]


def _take_at_once(shards: list[str], task: dict[str, Any], meter: Meter) -> None:
    """Read the shards to their end, and take every read through the line."""
    tracking, workers = _ports
    cursors = {shard_id: _try_again(partial(workers.stream.open_shard, shard_id, "")) for shard_id in shards}
    for phase, name in VERBS.items():
        setattr(pipeline, name, meter.timed(phase, _plain_verbs[name]))
    read = meter.timed("read", workers.stream.read)
    done, memory = 0, []
    with meter:
        while done < task["events"]:
            for shard_id in shards:
                cursor = cursors[shard_id]
                answer = _try_again(partial(read, shard_id, cursor, task.get("read_limit", READ_LIMIT)))
                _try_again(partial(pipeline.process, answer.records, tracking, workers))
                cursors[shard_id] = answer.next_cursor or ""
                done += len(answer.records)
            memory.append(read_memory_mb())
        _settle(tracking)
    meter.counts["events"] = done
    quarter = len(memory) // 4
    if quarter and task.get("tell_memory"):
        meter.beside["memory, second quarter"] = [median(memory[quarter : 2 * quarter]), "MB"]
        meter.beside["memory, last quarter"] = [median(memory[-quarter:]), "MB"]


def _try_again(call: Callable[[], T]) -> T:
    """As a shard consumer does it: what may heal is tried again with the same records."""
    for _ in range(TRIES):
        try:
            return call()
        except TransientError:
            continue
    return call()


def _settle(tracking: TrackingPorts) -> None:
    """Frames on their way are part of the work."""
    drain = getattr(tracking.live, "drain", None)
    if drain is not None:
        drain()


def _wire() -> tuple[TrackingPorts, WorkerPorts]:
    assert settings.AWS_ENDPOINT_URL, "the bench never calls the real AWS"
    if os.environ.get(GARBAGE) != "python":
        collect_rarely()
    return wire_tracking(), wire_workers()


if __name__ == "__main__":
    _ports = _wire()
    serve(take)
