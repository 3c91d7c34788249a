"""The drawn outline of India and its states, cut to a view: SVG paths out of `india-paths.json`."""

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

FILE = Path(__file__).parents[1] / "static/tracking/map/india-paths.json"

Point = tuple[float, float]
_TOKEN = re.compile(r"([MmLlHhVvZz])|(-?\d*\.?\d+)")


@dataclass(frozen=True)
class Frame:
    """A window of the map: the point of the drawing at its centre, pixels per unit, size in pixels."""

    centre: Point
    scale: float
    width: int
    height: int
    margin: int = 24

    def place(self, point: Point) -> Point:
        """Where a point of the drawing stands in the window: pixels right, pixels down."""
        return (
            (point[0] - self.centre[0]) * self.scale + self.width / 2,
            (point[1] - self.centre[1]) * self.scale + self.height / 2,
        )

    @property
    def sides(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom in pixels, a margin outside the window so that no cut shows."""
        return -self.margin, -self.margin, self.width + self.margin, self.height + self.margin


@dataclass(frozen=True)
class Basemap:
    """The drawing: rings of the neighbours and of India, lines between states, how places lie on it."""

    west: float
    north: float
    units_per_degree: float
    neighbours: tuple[tuple[Point, ...], ...]
    india: tuple[tuple[Point, ...], ...]
    states: tuple[tuple[Point, ...], ...]

    def project(self, lat: float, lon: float) -> Point:
        """Where a place (degrees) lies in the drawing, in units right and down."""
        x = (lon - self.west) * self.units_per_degree
        return x, (_mercator(self.north) - _mercator(lat)) * self.units_per_degree


def _mercator(lat: float) -> float:
    """Mercator's northing of a latitude, in degrees of longitude."""
    return math.degrees(math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)))


@cache
def read_basemap() -> Basemap:
    """The drawing as it is committed, read once."""
    drawn: dict[str, Any] = json.loads(FILE.read_text())
    paths, projection = drawn["paths"], drawn["projection"]
    return Basemap(
        west=projection["west"],
        north=projection["north"],
        units_per_degree=projection["units_per_degree"],
        neighbours=tuple(read_path(paths["neighbours"])),
        india=tuple(read_path(paths["india"])),
        states=tuple(read_path(paths["states"])),
    )


def read_path(text: str) -> list[tuple[Point, ...]]:
    """The lines of an SVG path of straight steps (M, L, H, V, Z, absolute or relative); rings stay open."""
    lines: list[list[Point]] = []
    command, numbers = "", []
    x = y = 0.0
    for letter, number in _TOKEN.findall(text):
        if letter:
            command, numbers = letter, []
            continue
        numbers.append(float(number))
        if len(numbers) < (1 if command in "HhVv" else 2):
            continue
        x, y = _step(command, numbers, x, y)
        numbers = []
        if command in "Mm":
            lines.append([])
            # What follows a move without a letter of its own is a line.
            command = "L" if command == "M" else "l"
        lines[-1].append((x, y))
    return [tuple(line) for line in lines]


def _step(command: str, numbers: list[float], x: float, y: float) -> Point:
    base_x, base_y = (x, y) if command.islower() else (0.0, 0.0)
    if command in "Hh":
        return base_x + numbers[0], y
    if command in "Vv":
        return x, base_y + numbers[0]
    return base_x + numbers[0], base_y + numbers[1]


def draw_land(rings: Iterable[tuple[Point, ...]], frame: Frame) -> str:
    """The rings, cut to the window, as one SVG path; empty where none reaches it."""
    cut = (
        _cut_ring([frame.place(point) for point in ring], frame) for ring in rings if _reaches(ring, frame)
    )
    return "".join(f"{_draw(ring)}z" for ring in cut if len(ring) > 2)


def draw_lines(lines: Iterable[tuple[Point, ...]], frame: Frame) -> str:
    """The parts of the lines that reach the window, as one SVG path."""
    return "".join(
        _draw(run)
        for line in lines
        if _reaches(line, frame)
        for run in _runs([frame.place(point) for point in line], frame)
    )


def _reaches(line: tuple[Point, ...], frame: Frame) -> bool:
    left, top, right, bottom = frame.sides
    placed = [frame.place(point) for point in line]
    xs, ys = [x for x, _ in placed], [y for _, y in placed]
    return min(xs) < right and max(xs) > left and min(ys) < bottom and max(ys) > top


def _runs(line: list[Point], frame: Frame) -> list[list[Point]]:
    """The line without the steps that pass the window by."""
    runs: list[list[Point]] = [[]]
    for start, end in pairwise(line):
        if _passes_by(start, end, frame):
            runs.append([])
        else:
            runs[-1] += [end] if runs[-1] else [start, end]
    return [run for run in runs if run]


def _passes_by(start: Point, end: Point, frame: Frame) -> bool:
    left, top, right, bottom = frame.sides
    return (
        max(start[0], end[0]) < left
        or min(start[0], end[0]) > right
        or max(start[1], end[1]) < top
        or min(start[1], end[1]) > bottom
    )


def _cut_ring(ring: list[Point], frame: Frame) -> list[Point]:
    """Sutherland and Hodgman's cut of a ring to the window: one side after another."""
    left, top, right, bottom = frame.sides
    for axis, limit, keep_above in ((0, left, True), (0, right, False), (1, top, True), (1, bottom, False)):
        ring = _cut_side(ring, axis, limit, keep_above=keep_above)
    return ring


def _cut_side(ring: list[Point], axis: int, limit: float, *, keep_above: bool) -> list[Point]:
    kept: list[Point] = []
    for index, end in enumerate(ring):
        start = ring[index - 1]
        start_in, end_in = ((point[axis] >= limit) is keep_above for point in (start, end))
        if start_in is not end_in:
            kept.append(_cross(start, end, axis, limit))
        if end_in:
            kept.append(end)
    return kept


def _cross(start: Point, end: Point, axis: int, limit: float) -> Point:
    part = (limit - start[axis]) / (end[axis] - start[axis])
    return start[0] + part * (end[0] - start[0]), start[1] + part * (end[1] - start[1])


def _draw(line: Iterable[Point]) -> str:
    """One move and relative steps of a tenth of a pixel."""
    drawn, x, y = [], 0, 0
    for to_x, to_y in ((round(px * 10), round(py * 10)) for px, py in line):
        if not drawn:
            drawn.append(f"M{to_x / 10:g} {to_y / 10:g}l")
        elif (to_x, to_y) != (x, y):
            drawn.append(f"{(to_x - x) / 10:g} {(to_y - y) / 10:g} ")
        x, y = to_x, to_y
    return "".join(drawn).rstrip(" l").replace(" -", "-")
