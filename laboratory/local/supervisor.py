"""Keeps the children of a demo alive, and ends them all when it is over."""

import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable

from laboratory.local.children import KILL_AFTER_S, Child, Program, start_child
from laboratory.local.errors import LocalError

DEATHS = 5
DEATHS_WITHIN_S = 60.0


class Supervisor:
    """Starts programs in order, starts again what dies, stops everything in reverse order.

    `on_change` is called after a child was started again; `clock` gives seconds. To be used from the main
    thread alone.
    """

    def __init__(
        self, on_change: Callable[[], None] = lambda: None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._children: dict[str, Child] = {}
        self._deaths: dict[str, deque[float]] = defaultdict(lambda: deque(maxlen=DEATHS))
        self._restarts: Counter[str] = Counter()
        self._on_change = on_change
        self._clock = clock

    def start(self, program: Program) -> Child:
        """Start the program; its name must not be taken."""
        child = start_child(program)
        self._children[program.name] = child
        return child

    def read_pids(self) -> dict[str, list[int]]:
        """The process ids by name, in the order of their start."""
        return {name: [child.pid] for name, child in self._children.items()}

    def read_restarts(self) -> dict[str, int]:
        """How often each child had to be started again; those that never had are left out."""
        return dict(self._restarts)

    def is_running(self, name: str) -> bool:
        """Whether the child of this name is there (one that ended by itself is not)."""
        return name in self._children

    def check(self) -> None:
        """Start again what has died; raises `LocalError` when something vital has, or one too often."""
        for name, child in list(self._children.items()):
            if child.exit_code is not None:
                self._take_death(name, child, child.exit_code)

    def stop_all(self) -> None:
        """Stop the roles in reverse order of start, and what they stand on after them."""
        children = list(reversed(self._children.values()))
        _stop(child for child in children if not child.program.is_vital)
        _stop(child for child in children if child.program.is_vital)
        self._children.clear()

    def _take_death(self, name: str, child: Child, code: int) -> None:
        # Whatever the dead one left in its group must not meet its successor.
        child.stop()
        if child.program.is_vital:
            raise LocalError(f"{_describe(child, code)}\n{child.read_last_lines()}")
        if child.program.may_end and code == 0:
            del self._children[name]
            return
        if self._died_too_often(name):
            raise LocalError(
                f"{_describe(child, code)}, for the {DEATHS}th time within"
                f" {DEATHS_WITHIN_S:.0f} s.\n{child.read_last_lines()}"
            )
        self._children[name] = start_child(child.program)
        self._restarts[name] += 1
        self._on_change()

    def _died_too_often(self, name: str) -> bool:
        now, deaths = self._clock(), self._deaths[name]
        deaths.append(now)
        return len(deaths) == DEATHS and now - deaths[0] < DEATHS_WITHIN_S


def _stop(children: Iterable[Child]) -> None:
    asked = list(children)
    for child in asked:
        child.ask_to_stop()
    ends_at = time.monotonic() + KILL_AFTER_S
    for child in asked:
        child.wait_or_kill(ends_at - time.monotonic())


def _describe(child: Child, code: int) -> str:
    how = f"was ended by signal {-code}" if code < 0 else f"ended with code {code}"
    return f"{child.program.name} {how}"
