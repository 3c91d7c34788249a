"""Real worker processes of the role `shards`, observed through their logs."""

import json
import os
import signal
import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from laboratory.local.children import Child, Program, start_child
from tests.waiting import wait_for
from workers.leases.ports import Lease
from workers.ports import WorkerPorts

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN_S = 60.0


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
            environment=dict(os.environ) | {"ROLE": "shards", "LOG_LEVEL": "INFO", "SHARD_SLOTS": "2"},
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
        wait_for(lambda: self._shards() and self._shards() <= set(self._commits(child)), READY_WITHIN_S)

    def wait_until_alive(self, child: Child) -> None:
        """Wait until the process has a row in the lease table."""
        pid = f":{child.process.pid}:"
        wait_for(lambda: any(pid in worker.worker_id for worker in self._read_workers()), READY_WITHIN_S)

    def measure_gaps(self, left: Child, successor: Child) -> list[float]:
        """Return per shard the seconds from the last commit of one process to the first of another.

        By process and not by epoch: on a busy machine a lease may change its owner earlier.
        """
        old, new = self._commits(left), self._commits(successor)
        return [(min(new[shard]) - max(old[shard])).total_seconds() for shard in sorted(self._shards())]

    def _shards(self) -> set[str]:
        return {row.entry.removeprefix("shard#") for row in self.rows()}

    def _commits(self, child: Child) -> dict[str, list[datetime]]:
        """Return the times of the commits of this process, by shard."""
        commits: dict[str, list[datetime]] = {}
        for event in _read_log(child):
            if event["outcome"] == "committed":
                commits.setdefault(event["shard"], []).append(datetime.fromisoformat(event["timestamp"]))
        return commits

    def _read_workers(self) -> list[Any]:
        return self._workers.leases.read_group(self._workers.stream.incarnation()).workers


def _read_log(child: Child) -> list[dict[str, Any]]:
    lines = child.program.log.read_text().splitlines()
    events = [json.loads(line) for line in lines if line.startswith('{"') and '"outcome"' in line]
    return [event for event in events if "outcome" in event]


def wait_for_exit(child: Child, seconds: float) -> tuple[int | None, float]:
    """Wait for the exit of a process; return its exit code and the seconds waited."""
    began = time.monotonic()
    wait_for(lambda: child.exit_code is not None, seconds)
    return child.exit_code, time.monotonic() - began
