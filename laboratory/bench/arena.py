"""Where rows are measured: the stub, a Redis, and a process for each row; made once for a bench."""

import os
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from laboratory.bench.child import MeasuredProcess
from laboratory.bench.machine import other_cores, pin
from laboratory.bench.plan import Quantity, Sample
from laboratory.bench.stub.process import StubProcess
from laboratory.local.addresses import LOOPBACK, find_free_port
from laboratory.local.children import start_child
from laboratory.local.redis_server import describe_redis

READY_WITHIN_S = 30.0
MICRO = 1e6
PACED_RUNS_BEGIN_IN_S = 2.0


@dataclass(frozen=True)
class Contestant:
    """A program that is measured: how it is started and what each of its tasks says.

    It has a process of its own, or works in that of the contestant called `guest_of`, which is warm.
    """

    name: str
    module: str
    events: int
    python: Path = field(default_factory=lambda: Path(sys.executable))
    tls: bool = False
    environment: dict[str, str] = field(default_factory=dict)
    task: dict[str, Any] = field(default_factory=dict)
    guest_of: str = ""


class Arena:
    """Starts what is needed, and gives each contestant its runs; use it as a context manager."""

    def __init__(self, folder: Path, seed: int) -> None:
        self._folder = folder
        self._seed = seed
        self._runs = 0
        self._processes: dict[str, MeasuredProcess] = {}
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        self.stub = StubProcess(self._folder)
        self._stack.callback(self.stub.stop)
        port = find_free_port()
        redis = start_child(describe_redis(self._folder / "redis", self._folder / "redis.log", port))
        self._stack.callback(redis.stop)
        redis.wait_ready(READY_WITHIN_S)
        pin(redis.pid, other_cores())
        self.redis_url = f"redis://{LOOPBACK}:{port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def run(self, contestant: Contestant) -> Sample:
        """One run: CPU microseconds per event, with what the stub has counted; checked for completeness."""
        self._runs += 1
        task = {
            "run": f"b{os.getpid()}-{self._runs}",
            "events": contestant.events,
            "seed": self._seed,
        } | contestant.task
        process = self._process_of(contestant)
        if "rate" in task:
            # Whoever is started for it has its consumers ready by then.
            task["begins_at"] = time.time() + PACED_RUNS_BEGIN_IN_S
        self.stub.start_run(task)
        answer = process.run(task)
        counts = self.stub.read_counts() | answer["counts"]
        events = contestant.events
        return Sample(
            value=answer["cpu_s"] * MICRO / events,
            phases={verb: seconds * MICRO / events for verb, seconds in answer["phases"].items()},
            counts=counts,
            beside={
                "wall time": Quantity(answer["wall_s"] * MICRO / events, "wall us/event"),
                "peak memory": Quantity(answer["peak_rss_mb"], "MB"),
            }
            | {name: Quantity(*value) for name, value in answer["beside"].items()},
            void_reason=_find_fault(counts),
        )

    def _process_of(self, contestant: Contestant) -> MeasuredProcess:
        name = contestant.guest_of or contestant.name
        known = self._processes.get(name)
        if known is None:
            environment = self.stub.environment(tls=contestant.tls) | {
                "REDIS_URL": self.redis_url,
                "SECRET_KEY": "bench",
                "TRACKING_TOKEN_KEY": "bench",
                "RECIPIENT_KEYS": "bench",
                "LOG_LEVEL": "ERROR",
            }
            log = self._folder / f"{name.replace(' ', '-').replace('/', '-')}.log"
            known = MeasuredProcess(
                contestant.python, contestant.module, environment | contestant.environment, log
            )
            self._stack.callback(known.stop)
            self._processes[name] = known
        return known


def _find_fault(counts: dict[str, int]) -> str | None:
    """Why the run does not count: a row or an effect that is missing or was made twice."""
    wanted = {
        "events": counts["sent"],
        "rows": counts["sent readable"],
        "states moved once": counts["sent readable"],
        "states moved more than once": 0,
        "changes told": counts["sent with a change"],
        "changes told twice": 0,
    }
    wrong = [
        f"{name}: {counts.get(name)} and not {number}"
        for name, number in wanted.items()
        if counts.get(name) != number
    ]
    return "; ".join(wrong) or None
