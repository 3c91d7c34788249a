"""The inside of a measured process: waits for tasks on stdin, answers each with its CPU time, in JSON lines.

It runs in the peers' environment too, so it takes nothing but the standard library.
"""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self


@dataclass
class Meter:
    """Measures the process's CPU time: all threads, user and system; `phases` are seconds by verb."""

    phases: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    beside: dict[str, list[Any]] = field(default_factory=dict)
    cpu_s: float = 0.0
    wall_s: float = 0.0

    def __enter__(self) -> Self:
        self._cpu, self._wall = time.process_time(), time.perf_counter()
        return self

    def __exit__(self, *_: object) -> None:
        self.cpu_s = time.process_time() - self._cpu
        self.wall_s = time.perf_counter() - self._wall

    def timed(self, phase: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, its CPU time counted to a phase; phases must not lie within one another."""

        def call(*arguments: Any, **named: Any) -> Any:
            started = time.process_time()
            try:
                return function(*arguments, **named)
            finally:
                self.phases[phase] = self.phases.get(phase, 0.0) + time.process_time() - started

        return call


def read_memory_mb() -> float:
    """What this process has in memory now, in MB; its peak where the system does not say."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return pages * resource.getpagesize() / 2**20


Take = Callable[[dict[str, Any], Meter], None]


def serve(take: Take) -> None:
    """Take one task after the other until stdin ends; `take` does the task inside `with meter:`."""
    answers = _keep_stdout()
    for line in sys.stdin:
        meter = Meter()
        take(json.loads(line), meter)
        answer = {
            "cpu_s": meter.cpu_s,
            "wall_s": meter.wall_s,
            "phases": meter.phases,
            "counts": meter.counts,
            "beside": meter.beside,
            "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _keep_stdout() -> Any:
    """Stdout for our answers alone; what the code prints (metrics, logs) goes where nobody reads it."""
    kept = os.fdopen(os.dup(1), "w")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    return kept
