"""India out of a Mercator drawing: its states placed on the globe, its outline and its state lines."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from tracking.map_geometry import Line, Point, Ring

# Where the drawing's outermost points lie (west, north, east, south), as its makers say.
BOUNDS = (68.184010, 37.084109, 97.418146, 6.753659)
# Corners of two states that lie nearer than this (drawing units) are one corner.
WELD = 0.1
# Corners of one ring that lie nearer than this are one as well.
TOUCH = 0.001
# Two union territories that are one since 2020.
MERGED = {"dn": "dh", "dd": "dh"}

_TOKEN = re.compile(r"([mMlLhHvVzZ])|(-?\d*\.?\d+(?:e-?\d+)?)")

Edge = tuple[int, int]


class India(NamedTuple):
    """The rings of each state (by id), the rings of the country, and the lines between states; degrees."""

    states: dict[str, list[Ring]]
    outline: list[Ring]
    state_lines: list[Line]


class _Corners(NamedTuple):
    """Where each corner lies, and each state's rings as corner numbers."""

    points: list[Point]
    rings: list[tuple[str, list[int]]]


def read_india(drawing: dict[str, Any]) -> India:
    """India from the package's drawing: `locations` with `id` and an SVG `path` each."""
    drawn = [
        (MERGED.get(location["id"], location["id"]), ring)
        for location in drawing["locations"]
        for ring in read_path(location["path"])
    ]
    corners = _weld(drawn)
    placed = _Corners(_place(corners.points), corners.rings)
    states: dict[str, list[Ring]] = defaultdict(list)
    for name, ring in placed.rings:
        states[name].append([placed.points[n] for n in ring])
    uses = _count_edges(placed)
    outline = _chain([edge for edge, count in uses.items() if count % 2], placed.points)
    lines = _chain([edge for edge, count in uses.items() if count % 2 == 0], placed.points)
    return India(dict(states), [line[:-1] for line in outline if line[0] == line[-1]], lines)


def read_path(path: str) -> Iterator[Ring]:
    """The closed rings of an SVG path of straight lines."""
    tokens = iter(_TOKEN.findall(path))
    ring: Ring = []
    x = y = 0.0
    command = "m"
    for letter, number in tokens:
        if letter:
            command = letter
            if command in "zZ":
                (x, y), done, ring = ring[0], ring, []
                yield [point for n, point in enumerate(done) if math.dist(point, done[n - 1]) > TOUCH]
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
    """The Mercator height of a latitude, in degrees of longitude."""
    return math.degrees(math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)))


def unmercator(height: float) -> float:
    """The latitude at a Mercator height given in degrees of longitude."""
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


def _weld(drawn: list[tuple[str, Ring]]) -> _Corners:
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
    """The number of the corner of another ring that lies here, else of a new one."""
    column, row = math.floor(point[0] / WELD), math.floor(point[1] / WELD)
    near = [
        (math.dist(point, points[corner]), corner)
        for a in (-1, 0, 1)
        for b in (-1, 0, 1)
        for owner, corner in cells.get((column + a, row + b), ())
        if owner != ring_number
    ]
    distance, corner = min(near, default=(math.inf, -1))
    if distance < WELD:
        return corner
    points.append(point)
    cells[(column, row)].append((ring_number, len(points) - 1))
    return len(points) - 1


def _count_edges(corners: _Corners) -> Counter[Edge]:
    """How many states each edge belongs to: one for the outline, two for a line between states."""
    return Counter(
        (min(ring[n - 1], ring[n]), max(ring[n - 1], ring[n]))
        for _, ring in corners.rings
        for n in range(len(ring))
    )


def _chain(found: list[Edge], points: list[Point]) -> list[Line]:
    """The edges strung together to lines that end where three meet; closed ones repeat their first point."""
    ways: dict[int, list[int]] = defaultdict(list)
    for a, b in found:
        ways[a].append(b)
        ways[b].append(a)
    left = set(found)
    ends = [corner for corner in ways if len(ways[corner]) != 2]
    lines = []
    for start in [*ends, *ways]:
        for way in ways[start]:
            if (min(start, way), max(start, way)) in left:
                lines.append([points[n] for n in _follow(start, way, ways, left)])  # noqa: PERF401 - `left` shrinks
    return lines


def _follow(start: int, way: int, ways: dict[int, list[int]], left: set[Edge]) -> list[int]:
    line = [start, way]
    left.discard((min(start, way), max(start, way)))
    while len(ways[line[-1]]) == 2 and line[-1] != start:
        ahead = next(n for n in ways[line[-1]] if n != line[-2])
        left.discard((min(line[-1], ahead), max(line[-1], ahead)))
        line.append(ahead)
    return line
