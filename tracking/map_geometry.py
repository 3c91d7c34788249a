"""Plane geometry on points in degrees (longitude, latitude): containment, distance, clipping, simplifying."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise

Point = tuple[float, float]
Line = list[Point]
# Closed without repeating its first point.
Ring = list[Point]
# West, south, east, north.
Box = tuple[float, float, float, float]

_CELL = 0.25


def contains(rings: Iterable[Ring], point: Point) -> bool:
    """Return whether the point is inside the rings by the even-odd rule, so that holes count as outside."""
    x, y = point
    inside = False
    for ring in rings:
        for (x1, y1), (x2, y2) in edges(ring):
            if (y1 > y) != (y2 > y) and x < (x2 - x1) * (y - y1) / (y2 - y1) + x1:
                inside = not inside
    return inside


def edges(ring: Ring) -> Iterator[tuple[Point, Point]]:
    """Yield the ring's edges, the closing one first."""
    return ((ring[i - 1], ring[i]) for i in range(len(ring)))


def signed_area(ring: Ring) -> float:
    """Return twice the ring's area in square degrees, positive when it runs anticlockwise."""
    return sum(x1 * y2 - x2 * y1 for (x1, y1), (x2, y2) in edges(ring))


def distance_to_edge(point: Point, start: Point, end: Point) -> float:
    """Return the distance in degrees from the point to the edge."""
    (x, y), (x1, y1), (x2, y2) = point, start, end
    dx, dy = x2 - x1, y2 - y1
    length = dx * dx + dy * dy
    t = 0.0 if length == 0 else max(0.0, min(1.0, ((x - x1) * dx + (y - y1) * dy) / length))
    return math.hypot(x - x1 - t * dx, y - y1 - t * dy)


class NearIndex:
    """Grid index of ring edges that finds out if a point is within `reach` degrees of one."""

    def __init__(self, rings: Iterable[Ring], reach: float) -> None:
        self._reach = reach
        self._cells: dict[tuple[int, int], list[tuple[Point, Point]]] = defaultdict(list)
        for ring in rings:
            for edge in edges(ring):
                for cell in self._cells_of(edge):
                    self._cells[cell].append(edge)

    def is_near(self, point: Point) -> bool:
        """Return whether the point is within reach of an edge."""
        near = self._cells.get((math.floor(point[0] / _CELL), math.floor(point[1] / _CELL)), ())
        return any(distance_to_edge(point, *edge) <= self._reach for edge in near)

    def _cells_of(self, edge: tuple[Point, Point]) -> Iterator[tuple[int, int]]:
        (x1, y1), (x2, y2) = edge
        pad = self._reach
        columns = range(math.floor((min(x1, x2) - pad) / _CELL), math.floor((max(x1, x2) + pad) / _CELL) + 1)
        rows = range(math.floor((min(y1, y2) - pad) / _CELL), math.floor((max(y1, y2) + pad) / _CELL) + 1)
        return ((column, row) for column in columns for row in rows)


def is_in_box(box: Box, point: Point) -> bool:
    """Return whether the point lies in the box."""
    return box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3]


def clip_ring(ring: Ring, box: Box) -> Ring:
    """Clip the ring to the box, closed along the box's sides (Sutherland and Hodgman)."""
    for axis, limit, sign in ((0, box[0], 1), (0, box[2], -1), (1, box[1], 1), (1, box[3], -1)):
        ring = _clip_side(ring, axis, limit, sign)
    return ring


def _clip_side(ring: Ring, axis: int, limit: float, sign: int) -> Ring:
    kept: Ring = []
    for start, end in edges(ring):
        start_in, end_in = (start[axis] - limit) * sign >= 0, (end[axis] - limit) * sign >= 0
        if start_in != end_in:
            t = (limit - start[axis]) / (end[axis] - start[axis])
            kept.append((start[0] + t * (end[0] - start[0]), start[1] + t * (end[1] - start[1])))
        if end_in:
            kept.append(end)
    return kept


def keep_where(line: Line, keep: Callable[[Point], bool], step: float) -> list[Line]:
    """Return the parts of the line whose points pass `keep`, sampled every `step` degrees."""
    runs: list[Line] = [[]]
    for point in _walk(line, step):
        if keep(point):
            runs[-1].append(point)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if len(run) > 1]


def _walk(line: Line, step: float) -> Iterator[Point]:
    yield line[0]
    for (x1, y1), (x2, y2) in pairwise(line):
        parts = max(1, math.ceil(math.hypot(x2 - x1, y2 - y1) / step))
        for n in range(1, parts + 1):
            yield (x1 + (x2 - x1) * n / parts, y1 + (y2 - y1) * n / parts)


def simplify(line: Sequence[Point], tolerance: float) -> Line:
    """Drop points nearer than `tolerance` degrees to the simplified line (Douglas and Peucker)."""
    keep = {0, len(line) - 1}
    spans = [(0, len(line) - 1)]
    while spans:
        first, last = spans.pop()
        if last - first < 2:
            continue
        far = max(range(first + 1, last), key=lambda n: distance_to_edge(line[n], line[first], line[last]))
        if distance_to_edge(line[far], line[first], line[last]) > tolerance:
            keep.add(far)
            spans += [(first, far), (far, last)]
    return [line[n] for n in sorted(keep)]


def simplify_ring(ring: Ring, tolerance: float) -> Ring:
    """Simplify the ring in two halves, never below a triangle, so that no island is lost."""
    if len(ring) <= 3:
        return ring
    opposite = max(range(len(ring)), key=lambda n: math.dist(ring[n], ring[0]))
    halves = (
        simplify(ring[: opposite + 1], tolerance)[:-1] + simplify([*ring[opposite:], ring[0]], tolerance)[:-1]
    )
    if len(halves) >= 3:
        return halves
    third = max(range(len(ring)), key=lambda n: distance_to_edge(ring[n], ring[0], ring[opposite]))
    return [ring[n] for n in sorted({0, third, opposite})]


def round_ring(ring: Ring, digits: int) -> Ring:
    """Round the ring's coordinates and drop consecutive points that have become equal."""
    rounded = [(round(x, digits), round(y, digits)) for x, y in ring]
    return [point for n, point in enumerate(rounded) if point != rounded[n - 1]]
