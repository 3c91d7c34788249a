"""Runs measured programs: starts the AWS stub, a Redis, and one process for each program."""

import math
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self

from laboratory.bench.busy_core import sharing_core
from laboratory.bench.machine import choose_other_cores, pin
from laboratory.bench.measured_process import MeasuredProcess
from laboratory.bench.plan import Quantity, Sample
from laboratory.bench.stub.process import StubProcess
from laboratory.local.addresses import LOOPBACK, find_free_port
from laboratory.local.children import start_child
from laboratory.local.errors import LocalError
from laboratory.local.redis_server import describe_redis

READY_WITHIN_S = 30.0
MICRO = 1e6
PACED_RUNS_BEGIN_IN_S = 2.0
# What goes on while a program runs a task: it begins before the program starts, and ends after it.
Beside = Callable[[dict[str, Any]], AbstractContextManager[object]]


@dataclass(frozen=True)
class MeasuredProgram:
    """Program to measure: how its process is started and what each of its tasks contains.

    It has a process of its own, or runs in the warm one of the program named `runs_in_process_of`.
    """

    name: str
    module: str
    events: int
    python: Path = field(default_factory=lambda: Path(sys.executable))
    tls: bool = False
    environment: dict[str, str] = field(default_factory=dict)
    task: dict[str, Any] = field(default_factory=dict)
    runs_in_process_of: str = ""


class BenchRunner:
    """Context manager that starts the AWS stub and Redis, and runs measured programs against them."""

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
        pin(redis.pid, choose_other_cores())
        self.redis_url = f"redis://{LOOPBACK}:{port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def run(self, program: MeasuredProgram, beside: Beside = nullcontext) -> Sample:
        """Run a program once and return its CPU microseconds per event.

        `beside` goes on meanwhile; it is called with the task. If the task has a rate, its records begin to
        arrive `ready_in_s` of the task and two seconds after the stub has made them. The sample is void if
        the stub counted a missing or repeated write. Raises `LocalError` if a run was not ready in time.
        """
        self._runs += 1
        task = {
            "run": f"b{os.getpid()}-{self._runs}",
            "events": program.events,
            "seed": self._seed,
            "made_at": time.time(),
        } | program.task
        process = self._process_of(program)
        if "rate" in task:
            # By then a newly started process has its consumers ready.
            task["begins_in_s"] = PACED_RUNS_BEGIN_IN_S + task.get("ready_in_s", 0.0)
        begins_at = self.stub.start_run(task)
        if "rate" in task:
            task["begins_at"] = begins_at
        with beside(task):
            if time.time() > task.get("begins_at", math.inf):
                raise LocalError("The first records arrived before the run was ready.")
            answer = process.run(task)
        counts = self.stub.read_counts() | answer["counts"]
        events = program.events
        return Sample(
            value=answer["cpu_s"] * MICRO / events,
            phases={verb: seconds * MICRO / events for verb, seconds in answer["phases"].items()},
            counts=counts,
            beside={
                "wall time": Quantity(answer["wall_s"] * MICRO / events, "wall us/event"),
                "peak memory": Quantity(answer["peak_rss_mb"], "MB"),
            }
            | {name: Quantity(*value) for name, value in answer["beside"].items()},
            void_reason=_find_miscounts(counts),
        )

    def run_together(self, program: MeasuredProgram, processes: int, *, on_halves: bool = False) -> Sample:
        """Run a program once in some processes that share its shards; return wall microseconds per event.

        The first process has the core of measured processes, the others those of the stub and of Redis. With
        `on_halves` one or two processes have half of the first core each; a single one shares it with a loop.
        """
        self._runs += 1
        task = {"run": f"b{os.getpid()}-{self._runs}", "events": program.events, "seed": self._seed}
        task |= program.task | {"parts": processes}
        members = [
            self._process_of(
                replace(program, name=f"{program.name}, {part}"), None if on_halves else choose_other_cores()
            )
            if part
            else self._process_of(program)
            for part in range(processes)
        ]
        self.stub.start_run(task)
        beside = sharing_core() if on_halves and processes == 1 else nullcontext()
        with beside, ThreadPoolExecutor(processes) as pool:
            started = [pool.submit(each.run, task | {"part": part}) for part, each in enumerate(members)]
            answers = [each.result() for each in started]
        counts = self.stub.read_counts()
        counts |= {"events": sum(answer["counts"]["events"] for answer in answers)}
        wall_s, cpu_s = max(each["wall_s"] for each in answers), sum(each["cpu_s"] for each in answers)
        return Sample(
            value=wall_s * MICRO / program.events,
            counts=counts,
            beside={
                "CPU": Quantity(cpu_s * MICRO / program.events, "CPU us/event"),
                "cores used": Quantity(cpu_s / wall_s, "cores"),
            },
            void_reason=_find_miscounts(counts),
        )

    def ask(
        self, name: str, module: str, environment: dict[str, str], task: dict[str, Any]
    ) -> dict[str, Any]:
        """Run a task without records of the stub in the warm process of this name; return its answer."""
        program = MeasuredProgram(name, module, 0, environment=environment)
        return self._process_of(program).run(task)

    def make_environment(self, *, tls: bool = False) -> dict[str, str]:
        """Return the variables by which a process of the product finds the stub and Redis."""
        return self.stub.environment(tls=tls) | {
            "REDIS_URL": self.redis_url,
            "SECRET_KEY": "bench",
            "TRACKING_TOKEN_KEY": "bench",
            "RECIPIENT_KEYS": "bench",
            "STREAM_KEYS": "bench",
            "LOG_LEVEL": "ERROR",
        }

    def _process_of(self, program: MeasuredProgram, cores: set[int] | None = None) -> MeasuredProcess:
        name = program.runs_in_process_of or program.name
        process = self._processes.get(name)
        if process is None:
            environment = self.make_environment(tls=program.tls)
            log = self._folder / f"{name.replace(' ', '-').replace('/', '-')}.log"
            environment |= program.environment
            process = MeasuredProcess(program.python, program.module, environment, log, cores)
            self._stack.callback(process.stop)
            self._processes[name] = process
        return process


def _find_miscounts(counts: dict[str, int]) -> str | None:
    """Return which of the stub's counts differ from what was sent (missing or repeated writes), or None."""
    readable, shipments = counts["sent readable"], counts["sent shipments"]
    expected = {
        "events": counts["sent"],
        "rows": readable,
        "states moved": shipments,
        "changes told twice": 0,
    }
    if shipments == readable:
        # A shipment that reports again and again from all over the country has more changes.
        changes = counts["sent with a change"]
        expected |= {
            "states moved once": shipments,
            "states moved more than once": 0,
            "changes told": changes,
        }
    wrong = [
        f"{name}: {counts.get(name)} and not {number}"
        for name, number in expected.items()
        if counts.get(name) != number
    ]
    return "; ".join(wrong) or None
