"""Smooth line of a journey through the places it passed, in pixels."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from tracking.map_geometry import Point

# A control point is at most this share of its step away from the step's end, so that no loop appears.
MAX_REACH = 1 / 3
WALK_PX = 6


class Step(NamedTuple):
    """Cubic curve from one place to the next, with its two control points."""

    start: Point
    leave: Point
    arrive: Point
    end: Point

    def at(self, part: float) -> Point:
        """Return the point of the curve at `part` (0 to 1)."""
        one, two, three = (mix(a, b, part) for a, b in pairwise(self))
        return mix(mix(one, two, part), mix(two, three, part), part)


def join_smoothly(points: Sequence[Point]) -> list[Step]:
    """Join points by a curve that passes through each of them (Catmull and Rom)."""
    directions = [
        _subtract(points[min(n + 1, len(points) - 1)], points[max(n - 1, 0)]) for n in range(len(points))
    ]
    return [
        Step(start, _move(start, away, end), _move(end, (-toward[0], -toward[1]), start), end)
        for (start, away), (end, toward) in pairwise(zip(points, directions, strict=True))
    ]


def draw_steps(steps: Sequence[Step]) -> str:
    """Return the curve as one SVG path; empty without a step."""
    if not steps:
        return ""
    x, y = (write_number(value) for value in steps[0].start)
    return f"M{x} {y}" + "".join(
        f"C{_write(leave)} {_write(arrive)} {_write(end)}" for _, leave, arrive, end in steps
    )


def walk_steps(steps: Sequence[Step]) -> list[Point]:
    """Sample a curve at points about 12 px apart, with both ends."""
    walked = [steps[0].start] if steps else []
    for step in steps:
        count = max(1, math.ceil(math.dist(step.start, step.end) / (2 * WALK_PX)))
        walked += [step.at((n + 1) / count) for n in range(count)]
    return walked


def mix(one: Point, other: Point, part: float) -> Point:
    """Return the point between two others, `part` (0 to 1) of the way."""
    return one[0] + (other[0] - one[0]) * part, one[1] + (other[1] - one[1]) * part


def write_number(value: float) -> str:
    """Format with one decimal, half rounded up."""
    return f"{math.floor(value * 10 + 0.5) / 10:g}"


def walk(line: list[Point]) -> list[Point]:
    """Sample a line at points at most 6 px apart; the last point of the line is left out."""
    walked = []
    for start, end in pairwise(line):
        steps = max(1, math.ceil(math.dist(start, end) / WALK_PX))
        walked += [mix(start, end, step / steps) for step in range(steps)]
    return walked


def _move(point: Point, direction: Point, other: Point) -> Point:
    """Return the control point of a step's end: in its direction, a share of the step's length away."""
    length = math.hypot(*direction)
    if not length:
        return point
    reach = min(length / 6, math.dist(point, other) * MAX_REACH) / length
    return point[0] + direction[0] * reach, point[1] + direction[1] * reach


def _subtract(one: Point, other: Point) -> Point:
    return one[0] - other[0], one[1] - other[1]


def _write(point: Point) -> str:
    return f"{write_number(point[0])} {write_number(point[1])}"
