"""Quadratic curve of a lane, in pixels: nearest point on the curve, and its split into two parts."""

import math
from itertools import pairwise

from tracking.map_geometry import Point

# Start, control point, end of a quadratic curve.
Curve = tuple[Point, Point, Point]
SAMPLES = 60


def locate(curve: Curve, point: Point) -> float:
    """Return how far along the curve (0 to 1) its point nearest to `point` lies."""
    best, nearest = 0.0, math.inf
    before = point_on(curve, 0.0)
    for index in range(SAMPLES):
        after = point_on(curve, (index + 1) / SAMPLES)
        part, distance = _nearest(before, after, point)
        if distance < nearest:
            best, nearest = (index + part) / SAMPLES, distance
        before = after
    return best


def split(curve: Curve, part: float) -> tuple[str, str, Point]:
    """Split the curve at `part` (de Casteljau): SVG paths before and after, and the point between."""
    start, bend, end = curve
    left, right = mix(start, bend, part), mix(bend, end, part)
    middle = mix(left, right, part)
    return _quadratic(start, left, middle), _quadratic(middle, right, end), middle


def point_on(curve: Curve, part: float) -> Point:
    """Return the point of the curve at `part` (0 to 1)."""
    start, bend, end = curve
    return mix(mix(start, bend, part), mix(bend, end, part), part)


def _nearest(start: Point, end: Point, point: Point) -> tuple[float, float]:
    """Return how far along a straight step (0 to 1) the nearest point lies, and its squared distance."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    square = dx * dx + dy * dy
    part = ((point[0] - start[0]) * dx + (point[1] - start[1]) * dy) / square if square else 0.0
    part = min(1.0, max(0.0, part))
    x, y = mix(start, end, part)
    return part, (x - point[0]) ** 2 + (y - point[1]) ** 2


def mix(one: Point, other: Point, part: float) -> Point:
    """Return the point between two others, `part` (0 to 1) of the way."""
    return one[0] + (other[0] - one[0]) * part, one[1] + (other[1] - one[1]) * part


def _quadratic(start: Point, bend: Point, end: Point) -> str:
    (ax, ay), (bx, by), (cx, cy) = ([write_number(value) for value in point] for point in (start, bend, end))
    return f"M{ax} {ay}Q{bx} {by} {cx} {cy}"


def write_number(value: float) -> str:
    """Format with one decimal, half rounded up."""
    return f"{math.floor(value * 10 + 0.5) / 10:g}"


def walk(line: list[Point]) -> list[Point]:
    """Sample a line at points at most 6 px apart; the last point of the line is left out."""
    walked = []
    for start, end in pairwise(line):
        steps = max(1, math.ceil(math.dist(start, end) / 6))
        walked += [mix(start, end, step / steps) for step in range(steps)]
    return walked
