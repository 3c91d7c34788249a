"""Measures the work of the role `shards`: shard consumers under leases, one read ahead, changes published.

Everything is wired as in production, except the table of leases: it is in memory, and costs no calls.
"""

import threading
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

from laboratory.bench.delays import ArrivalDelays
from laboratory.bench.line import wire
from laboratory.bench.task_server import CpuMeter, serve_tasks
from tracking import metrics
from workers.adapters.memory_leases import MemoryLeases
from workers.consumers.shard_workload import ShardWorkload
from workers.leases.renewer import LeaseRenewer
from workers.leases.running_leases import RunningLeases
from workers.line.process import process
from workers.line.publish import publish
from workers.line.publisher import Publisher
from workers.ports import StreamRecord

# Shard consumers hold their leases and read for this long before the first record arrives.
STARTED_BEFORE_S = 1.5
# A worker that has not processed all records by then has lost some.
DONE_WITHIN_S = 900.0
STOPPED_WITHIN_S = 30.0
PUBLISHED_WITHIN_S = 60.0


class Done:
    """Number of processed records; sets `finished` at the last of them. Threads may share it."""

    def __init__(self, expected: int, finished: threading.Event) -> None:
        self.number = 0
        self._expected, self._finished = expected, finished
        self._lock = threading.Lock()

    def add(self, records: int) -> None:
        """Count so many records more."""
        with self._lock:
            self.number += records
            if self.number >= self._expected:
                self._finished.set()


def run_task(task: dict[str, Any], meter: CpuMeter) -> None:
    """Process the stub's records as they arrive, until all of them are done."""
    tracking, workers = _ports
    delays = ArrivalDelays(task["begins_at"], task["events"] / task["rate"])
    publisher = Publisher(partial(publish, store=tracking.store, bus=workers.bus))
    finished, drain = threading.Event(), threading.Event()
    done = Done(task["events"], finished)

    def process_and_note(records: Sequence[StreamRecord]) -> None:
        process(records, tracking, workers, publisher.enqueue)
        delays.record_done(record.arrived_at for record in records)
        done.add(len(records))

    leases = MemoryLeases()
    workload = ShardWorkload(
        workers.stream, leases, workers.quarantine, process_and_note, lambda _lease: None
    )
    running = RunningLeases(workload, leases, task["shards"], drain)
    renewer = LeaseRenewer(workload, running, leases, exit_process=lambda _code: None)
    time.sleep(max(0.0, task["begins_at"] - STARTED_BEFORE_S - time.time()))
    metrics.start_buffering()
    publisher.start()
    renewer.start()
    time.sleep(max(0.0, task["begins_at"] - time.time()))
    with meter:
        finished.wait(DONE_WITHIN_S)
        publisher.close(PUBLISHED_WITHIN_S)
    drain.set()
    renewer.join(STOPPED_WITHIN_S)
    metrics.stop_buffering()
    meter.beside |= delays.summarize()
    meter.counts["events"] = done.number


if __name__ == "__main__":
    _ports = wire()
    serve_tasks(run_task)
