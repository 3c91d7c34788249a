"""Restarts child processes that die, and stops them all at the end."""

import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable

from laboratory.local.children import KILL_AFTER_S, Child, Program, start_child
from laboratory.local.errors import LocalError

RESTART_LIMIT = 5
RESTART_WINDOW_S = 60.0


class Supervisor:
    """Starts programs in order, restarts those that die, stops all in reverse order.

    `on_change` is called after a restart; `clock` gives seconds. Use it only from the main thread.
    """

    def __init__(
        self, on_change: Callable[[], None] = lambda: None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._children: dict[str, Child] = {}
        self._deaths: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=RESTART_LIMIT))
        self._restarts: Counter[str] = Counter()
        self._on_change = on_change
        self._clock = clock

    def start(self, program: Program) -> Child:
        """Start the program; its name must be unique."""
        child = start_child(program)
        self._children[program.name] = child
        return child

    def read_pids(self) -> dict[str, list[int]]:
        """Return the process ids by name, in the order they were started."""
        return {name: [child.pid] for name, child in self._children.items()}

    def read_restarts(self) -> dict[str, int]:
        """Return the number of restarts by name; children without restarts are left out."""
        return dict(self._restarts)

    def is_running(self, name: str) -> bool:
        """Return whether the child of this name is supervised; one that has ended its work is not."""
        return name in self._children

    def check(self) -> None:
        """Restart children that have died; raises `LocalError` if a vital one has, or one too often."""
        for name, child in list(self._children.items()):
            if child.exit_code is not None:
                self._restart(name, child, child.exit_code)

    def stop_all(self) -> None:
        """Stop the roles in reverse order of their start, then the vital services they depend on."""
        children = list(reversed(self._children.values()))
        _stop(child for child in children if not child.program.is_vital)
        _stop(child for child in children if child.program.is_vital)
        self._children.clear()

    def _restart(self, name: str, child: Child, code: int) -> None:
        # Stop other processes left in its group before the successor starts.
        child.stop()
        if child.program.is_vital:
            raise LocalError(f"{_describe(child, code)}\n{child.read_last_lines()}")
        if child.program.may_end and code == 0:
            del self._children[name]
            return
        if self._died_too_often(name):
            raise LocalError(
                f"{_describe(child, code)}, for the {RESTART_LIMIT}th time within"
                f" {RESTART_WINDOW_S:.0f} s.\n{child.read_last_lines()}"
            )
        self._children[name] = start_child(child.program)
        self._restarts[name] += 1
        self._on_change()

    def _died_too_often(self, name: str) -> bool:
        now, deaths = self._clock(), self._deaths[name]
        deaths.append(now)
        return len(deaths) == RESTART_LIMIT and now - deaths[0] < RESTART_WINDOW_S


def _stop(children: Iterable[Child]) -> None:
    stopping = list(children)
    for child in stopping:
        child.request_stop()
    ends_at = time.monotonic() + KILL_AFTER_S
    for child in stopping:
        child.wait_or_kill(ends_at - time.monotonic())


def _describe(child: Child, code: int) -> str:
    how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
    return f"{child.program.name} {how}"
