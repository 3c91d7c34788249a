"""Real worker processes of the role `shards`, observed through their logs."""

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from laboratory.local.children import Child, Program, start_child
from tests.waiting import wait_for
from workers.leases.ports import Lease
from workers.ports import WorkerPorts

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN_S = 120.0


class WorkerProcesses:
    """Processes that read the same shards; each method reads their logs again."""

    def __init__(self, folder: Path, workers: WorkerPorts) -> None:
        self._folder = folder
        self._workers = workers
        self._children: list[Child] = []

    def start(self) -> Child:
        """Start one more process."""
        name = f"shards-{len(self._children)}"
        pool = ("-P", "threads", "-c", "4", "--prefetch-multiplier", "1")
        program = Program(
            name=name,
            command=(
                *(sys.executable, "-m", "celery", "-A", "swiftlogix", "worker", "-Q", "shards", *pool),
                *("--hostname", f"{name}@local", "--loglevel", "WARNING"),
            ),
            environment=dict(os.environ)
            | {"ROLE": "shards", "LOG_LEVEL": "INFO", "LOG_CHECKPOINTS": "1", "SHARD_SLOTS": "2"},
            log=self._folder / f"{name}.log",
            folder=ROOT,
        )
        self._children.append(start_child(program))
        return self._children[-1]

    def stop_all(self) -> None:
        """Kill all processes that still run."""
        for child in self._children:
            if child.exit_code is None:
                child.process.send_signal(signal.SIGKILL)
            child.stop(0)

    def rows(self) -> list[Lease]:
        """Return the leases of the shards."""
        return self._workers.leases.read_group(self._workers.stream.incarnation()).leases

    def wait_until_committed_by(self, child: Child) -> None:
        """Wait until this process has committed records of every shard."""
        wait_for(lambda: self._shards() and self._shards() <= self._committed_by(child), READY_WITHIN_S)

    def wait_until_alive(self, child: Child) -> None:
        """Wait until the process has a row in the lease table."""
        pid = f":{child.process.pid}:"
        wait_for(lambda: any(pid in worker.worker_id for worker in self._read_workers()), READY_WITHIN_S)

    def read_unfinished(self, child: Child) -> list[int]:
        """Return how many runs were unfinished when the process gave its leases up, once it has."""
        return [event["unfinished"] for event in _read_log(child) if event["outcome"] == "drained"]

    def _shards(self) -> set[str]:
        return {row.entry.removeprefix("shard#") for row in self.rows()}

    def _committed_by(self, child: Child) -> set[str]:
        """Return the shards of which this process has committed records."""
        return {event["shard"] for event in _read_log(child) if event["outcome"] == "committed"}

    def _read_workers(self) -> list[Any]:
        return self._workers.leases.read_group(self._workers.stream.incarnation()).workers


def _read_log(child: Child) -> list[dict[str, Any]]:
    lines = child.program.log.read_text().splitlines()
    events = [json.loads(line) for line in lines if line.startswith('{"') and '"outcome"' in line]
    return [event for event in events if "outcome" in event]
