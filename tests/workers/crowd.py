"""Real worker processes of the role `shards` on a stream of their own broker, seen through their logs."""

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


class Crowd:
    """Processes that read the same shards; what they have logged is read anew each time."""

    def __init__(self, folder: Path, workers: WorkerPorts) -> None:
        self._folder = folder
        self._workers = workers
        self._children: list[Child] = []

    def start(self) -> Child:
        """One more process."""
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
        """End whatever still runs."""
        for child in self._children:
            if child.exit_code is None:
                child.process.send_signal(signal.SIGKILL)
            child.stop(0)

    def rows(self) -> list[Lease]:
        """The shards' leases."""
        return self._workers.leases.read_group(self._workers.stream.incarnation()).leases

    def wait_until_committed_by(self, child: Child) -> None:
        """Wait until this process has committed something of every shard."""
        wait_for(lambda: self._shards() and self._shards() <= set(self._commits(child)), READY_WITHIN_S)

    def wait_until_alive(self, child: Child) -> None:
        """Wait until the process keeps a row of its own."""
        pid = f":{child.process.pid}:"
        wait_for(lambda: any(pid in worker.worker_id for worker in self._read_workers()), READY_WITHIN_S)

    def gaps(self, left: Child, successor: Child) -> list[float]:
        """Per shard the seconds between the last commit of one process and the first of another.

        By process and not by epoch: on a busy machine a lease may change hands before anybody has to leave.
        """
        old, new = self._commits(left), self._commits(successor)
        return [(min(new[shard]) - max(old[shard])).total_seconds() for shard in sorted(self._shards())]

    def _shards(self) -> set[str]:
        return {row.entry.removeprefix("shard#") for row in self.rows()}

    def _commits(self, child: Child) -> dict[str, list[datetime]]:
        """By shard, when this process committed something."""
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
    """The exit code, and after how many seconds it came."""
    began = time.monotonic()
    wait_for(lambda: child.exit_code is not None, seconds)
    return child.exit_code, time.monotonic() - began
