"""Task loop of a measured process: reads tasks from stdin and answers each with its CPU time, as JSON lines.

It also runs in the peers' environment, so it imports only the standard library.
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
class CpuMeter:
    """Context manager that measures the process's CPU time: all threads, user and system.

    `phases` are seconds by step, `beside` holds further quantities as [value, unit].
    """

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
        """Wrap a function so that its CPU time counts towards `phase`; phases must not be nested."""

        def call(*arguments: Any, **named: Any) -> Any:
            started = time.process_time()
            try:
                return function(*arguments, **named)
            finally:
                self.phases[phase] = self.phases.get(phase, 0.0) + time.process_time() - started

        return call


def read_memory_mb() -> float:
    """Return this process's resident memory in MB; its peak on systems without /proc."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return pages * resource.getpagesize() / 2**20


RunTask = Callable[[dict[str, Any], CpuMeter], None]


def serve_tasks(run_task: RunTask) -> None:
    """Run one task after the other until stdin ends; `run_task` does the work inside `with meter:`."""
    answers = _claim_stdout()
    for line in sys.stdin:
        meter = CpuMeter()
        run_task(json.loads(line), meter)
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


def _claim_stdout() -> Any:
    """Return stdout for the answers, and discard everything else the code prints (metrics, logs)."""
    kept = os.fdopen(os.dup(1), "w")
    discard = os.open(os.devnull, os.O_WRONLY)
    os.dup2(discard, 1)
    return kept
