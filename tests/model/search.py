"""Breadth-first search of all worlds that a model can reach, with the shortest path to a broken one."""

from collections import deque
from collections.abc import Callable, Hashable, Iterable
from typing import Any, NamedTuple

Steps = Callable[[Any], Iterable[tuple[str, Any]]]


class Explored(NamedTuple):
    """Result of a search: number of worlds, what is broken (empty: nothing), and the steps to it."""

    worlds: int
    broken: str
    steps: tuple[str, ...]

    def __str__(self) -> str:
        path = "\n".join(f"  {number}. {step}" for number, step in enumerate(self.steps, start=1))
        return f"{self.broken or 'sound'} after {self.worlds} worlds\n{path}"


def explore(
    start: Hashable, steps: Steps, find_broken: Callable[[Any], str], is_goal: Callable[[Any], bool]
) -> Explored:
    """Visit all worlds; stop at the first one that is broken, or that can never reach a goal."""
    came_from: dict[Any, tuple[Any, str]] = {start: (None, "")}
    before: dict[Any, list[Any]] = {}
    goals = []
    to_visit = deque([start])
    while to_visit:
        world = to_visit.popleft()
        if broken := find_broken(world):
            return Explored(len(came_from), broken, _trace(world, came_from))
        if is_goal(world):
            goals.append(world)
        for label, after in steps(world):
            if after not in came_from:
                came_from[after] = (world, label)
                to_visit.append(after)
            before.setdefault(after, []).append(world)
    stuck = _find_stuck(came_from, before, goals)
    if stuck is not None:
        return Explored(len(came_from), "stuck: the end cannot be reached any more", _trace(stuck, came_from))
    return Explored(len(came_from), "", ())


def _find_stuck(worlds: Iterable[Any], before: dict[Any, list[Any]], goals: list[Any]) -> Any:
    """Return the first world from which no goal can be reached, or None."""
    reached, to_visit = set(goals), deque(goals)
    while to_visit:
        for world in before.get(to_visit.popleft(), ()):
            if world not in reached:
                reached.add(world)
                to_visit.append(world)
    return next((world for world in worlds if world not in reached), None)


def _trace(world: Any, came_from: dict[Any, tuple[Any, str]]) -> tuple[str, ...]:
    labels: list[str] = []
    while came_from[world][0] is not None:
        world, label = came_from[world]
        labels.append(label)
    return tuple(reversed(labels))
