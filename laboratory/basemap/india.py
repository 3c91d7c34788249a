"""Reads India from a Mercator drawing: states in degrees, the country's outline, lines between states."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from tracking.map_geometry import Line, Point, Ring

# Bounds of the drawing (west, north, east, south), from its documentation.
BOUNDS = (68.184010, 37.084109, 97.418146, 6.753659)
# Corners of two states closer than this (drawing units) are merged into one.
MERGE_WITHIN = 0.1
# Corners of one ring closer than this are merged as well.
MERGE_IN_RING_WITHIN = 0.001
# Two union territories that were merged in 2020.
MERGED = {"dn": "dh", "dd": "dh"}

_TOKEN = re.compile(r"([mMlLhHvVzZ])|(-?\d*\.?\d+(?:e-?\d+)?)")

Edge = tuple[int, int]


class India(NamedTuple):
    """Rings of each state by id, rings of the country, and lines between states; degrees."""

    states: dict[str, list[Ring]]
    outline: list[Ring]
    state_lines: list[Line]


class _Corners(NamedTuple):
    """Points of the corners, and each state's rings as corner numbers."""

    points: list[Point]
    rings: list[tuple[str, list[int]]]


def read_india(drawing: dict[str, Any]) -> India:
    """Read India from the package's drawing: `locations`, each with `id` and an SVG `path`."""
    drawn = [
        (MERGED.get(location["id"], location["id"]), ring)
        for location in drawing["locations"]
        for ring in read_path(location["path"])
    ]
    corners = _merge_corners(drawn)
    placed = _Corners(_place(corners.points), corners.rings)
    states: dict[str, list[Ring]] = defaultdict(list)
    for name, ring in placed.rings:
        states[name].append([placed.points[n] for n in ring])
    uses = _count_edges(placed)
    outline = _chain([edge for edge, count in uses.items() if count % 2], placed.points)
    lines = _chain([edge for edge, count in uses.items() if count % 2 == 0], placed.points)
    return India(dict(states), [line[:-1] for line in outline if line[0] == line[-1]], lines)


def read_path(path: str) -> Iterator[Ring]:
    """Yield the closed rings of an SVG path of straight lines."""
    tokens = iter(_TOKEN.findall(path))
    ring: Ring = []
    x = y = 0.0
    command = "m"
    for letter, number in tokens:
        if letter:
            command = letter
            if command in "zZ":
                (x, y), done, ring = ring[0], ring, []
                yield [
                    point
                    for n, point in enumerate(done)
                    if math.dist(point, done[n - 1]) > MERGE_IN_RING_WITHIN
                ]
            continue
        first = float(number)
        if command in "hH":
            x = first + (x if command == "h" else 0)
        elif command in "vV":
            y = first + (y if command == "v" else 0)
        else:
            second = float(next(tokens)[1])
            x, y = (x + first, y + second) if command in "ml" else (first, second)
            command = {"m": "l", "M": "L"}.get(command, command)
        ring.append((x, y))


def mercator(lat: float) -> float:
    """Return the Mercator height of a latitude, in degrees of longitude."""
    return math.degrees(math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)))


def unmercator(height: float) -> float:
    """Return the latitude at a Mercator height given in degrees of longitude."""
    return math.degrees(2 * math.atan(math.exp(math.radians(height))) - math.pi / 2)


def _place(points: list[Point]) -> list[Point]:
    west, north, east, south = BOUNDS
    left, right = min(x for x, _ in points), max(x for x, _ in points)
    top, bottom = min(y for _, y in points), max(y for _, y in points)
    high, low = mercator(north), mercator(south)
    return [
        (
            west + (x - left) / (right - left) * (east - west),
            unmercator(high - (y - top) / (bottom - top) * (high - low)),
        )
        for x, y in points
    ]


def _merge_corners(drawn: list[tuple[str, Ring]]) -> _Corners:
    points: list[Point] = []
    cells: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
    rings = []
    for number, (name, ring) in enumerate(drawn):
        corners = [_corner_at(point, number, points, cells) for point in ring]
        rings.append((name, [c for n, c in enumerate(corners) if c != corners[n - 1]]))
    return _Corners(points, rings)


def _corner_at(
    point: Point,
    ring_number: int,
    points: list[Point],
    cells: dict[tuple[int, int], list[tuple[int, int]]],
) -> int:
    """Return the number of another ring's corner at this point, else of a new corner."""
    column, row = math.floor(point[0] / MERGE_WITHIN), math.floor(point[1] / MERGE_WITHIN)
    near = [
        (math.dist(point, points[corner]), corner)
        for a in (-1, 0, 1)
        for b in (-1, 0, 1)
        for owner, corner in cells.get((column + a, row + b), ())
        if owner != ring_number
    ]
    distance, corner = min(near, default=(math.inf, -1))
    if distance < MERGE_WITHIN:
        return corner
    points.append(point)
    cells[(column, row)].append((ring_number, len(points) - 1))
    return len(points) - 1


def _count_edges(corners: _Corners) -> Counter[Edge]:
    """Count the states of each edge: one for the outline, two for a line between states."""
    return Counter(
        (min(ring[n - 1], ring[n]), max(ring[n - 1], ring[n]))
        for _, ring in corners.rings
        for n in range(len(ring))
    )


def _chain(found: list[Edge], points: list[Point]) -> list[Line]:
    """Join edges into lines that end where three meet; closed lines repeat their first point."""
    neighbours: dict[int, list[int]] = defaultdict(list)
    for a, b in found:
        neighbours[a].append(b)
        neighbours[b].append(a)
    left = set(found)
    ends = [corner for corner in neighbours if len(neighbours[corner]) != 2]
    lines = []
    for start in [*ends, *neighbours]:
        for next_corner in neighbours[start]:
            if (min(start, next_corner), max(start, next_corner)) in left:
                lines.append([points[n] for n in _follow(start, next_corner, neighbours, left)])  # noqa: PERF401 - `left` shrinks
    return lines


def _follow(start: int, next_corner: int, neighbours: dict[int, list[int]], left: set[Edge]) -> list[int]:
    line = [start, next_corner]
    left.discard((min(start, next_corner), max(start, next_corner)))
    while len(neighbours[line[-1]]) == 2 and line[-1] != start:
        ahead = next(n for n in neighbours[line[-1]] if n != line[-2])
        left.discard((min(line[-1], ahead), max(line[-1], ahead)))
        line.append(ahead)
    return line
