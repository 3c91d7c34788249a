"""Readiness of a process: each dependency is asked at the same time, for a bounded time."""

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, NamedTuple

import structlog

# A balancer waits five seconds for the answer.
TIMEOUT_S = 2.0

# Set on SIGTERM: from then on the process is not ready, and still serves.
DRAINING = threading.Event()

log = structlog.get_logger()


class Dependency(NamedTuple):
    """Something that a process depends on: `ask` calls it and raises when it fails.

    Without one that is `needed` the process can serve nothing.
    """

    name: str
    ask: Callable[[], object]
    needed: bool


class Finding(NamedTuple):
    """Result for one dependency: how long it took, and the error in words, empty for none."""

    name: str
    needed: bool
    took_ms: float
    error: str = ""


class Readiness:
    """Asks dependencies on threads of its own; one that hangs occupies one of them, however often asked."""

    def __init__(self, dependencies: tuple[Dependency, ...], timeout_s: float = TIMEOUT_S) -> None:
        self._dependencies = dependencies
        self._timeout_s = timeout_s
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(len(dependencies), thread_name_prefix="readiness")
        self._asked: dict[str, tuple[float, Future[float]]] = {}

    def check(self) -> list[Finding]:
        """Return what was found about each dependency, after `timeout_s` at the latest."""
        ends_at = time.monotonic() + self._timeout_s
        asked = [(dependency, *self._ask(dependency)) for dependency in self._dependencies]
        return [_find(dependency, since, future, ends_at) for dependency, since, future in asked]

    def _ask(self, dependency: Dependency) -> tuple[float, Future[float]]:
        """Ask on a thread, or return the question that still waits for its answer, and when it was asked."""
        with self._lock:
            known = self._asked.get(dependency.name)
            if known is None or known[1].done():
                asked = (time.monotonic(), self._threads.submit(_measure, dependency.ask))
                known = self._asked[dependency.name] = asked
            return known


def is_ready(findings: list[Finding]) -> bool:
    """Return whether the process can serve: it does not end, and what it needs answers."""
    return not DRAINING.is_set() and not any(each.error and each.needed for each in findings)


def describe(findings: list[Finding]) -> Mapping[str, Any]:
    """Return the JSON of the findings by dependency."""
    return {
        each.name: {
            "status": "failed" if each.error else "ok",
            "needed": each.needed,
            "ms": round(each.took_ms, 1),
        }
        | ({"error": each.error} if each.error else {})
        for each in findings
    }


def _measure(ask: Callable[[], object]) -> float:
    started = time.monotonic()
    ask()
    return 1000 * (time.monotonic() - started)


def _find(dependency: Dependency, since: float, future: Future[float], ends_at: float) -> Finding:
    try:
        took_ms = future.result(max(0.0, ends_at - time.monotonic()))
    except TimeoutError:
        if not future.done():
            waited_s = time.monotonic() - since
            error = f"no answer within {waited_s:.0f} s"
            return Finding(dependency.name, dependency.needed, 1000 * waited_s, error)
        error = "it timed out"
    except Exception as raised:  # noqa: BLE001 - any failure of a dependency is what is asked for
        # The text of the error may name hosts, and everybody may ask: it goes to the log alone.
        log.warning("answer", outcome="not ready", part=dependency.name, error=str(raised))
        error = f"cannot be reached ({type(raised).__name__})"
    else:
        return Finding(dependency.name, dependency.needed, took_ms)
    return Finding(dependency.name, dependency.needed, 1000 * (time.monotonic() - since), error)
