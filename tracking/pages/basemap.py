"""Outline of India and its states, clipped to a map window: SVG paths from `india-paths.json`."""

import json
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

from tracking.map_geometry import Box, Point, clip_ring

# Omissions of a level may be so large in the window.
DETAIL_PX = 1.3
FILE = Path(__file__).parents[1] / "static/tracking/map/india-paths.json"

Line = tuple[Point, ...]
_TOKEN = re.compile(r"([MmLlHhVvZz])|(-?\d*\.?\d+)")


@dataclass(frozen=True)
class Frame:
    """Window of the map: the basemap point at its centre, pixels per unit, size in pixels."""

    centre: Point
    scale: float
    width: int
    height: int
    margin: int = 24

    def place(self, point: Point) -> Point:
        """Convert a basemap point to window coordinates: pixels right, pixels down."""
        return (
            (point[0] - self.centre[0]) * self.scale + self.width / 2,
            (point[1] - self.centre[1]) * self.scale + self.height / 2,
        )

    def place_all(self, line: Line) -> list[Point]:
        """Convert each point of a line to window coordinates."""
        return [self.place(point) for point in line]

    @property
    def box(self) -> Box:
        """Left, top, right, bottom in pixels, a margin larger than the window so that no cut edge shows."""
        return -self.margin, -self.margin, self.width + self.margin, self.height + self.margin


@dataclass(frozen=True)
class Level:
    """Lines of one level of detail: neighbours, India, borders between states; `tolerance` in degrees."""

    tolerance: float
    neighbours: tuple[Line, ...]
    india: tuple[Line, ...]
    states: tuple[Line, ...]


@dataclass(frozen=True)
class Basemap:
    """Levels of detail, the coarsest first, and their projection."""

    west: float
    north: float
    units_per_degree: float
    levels: tuple[Level, ...]

    def project(self, lat: float, lon: float) -> Point:
        """Convert latitude and longitude (degrees) to basemap units right and down."""
        x = (lon - self.west) * self.units_per_degree
        return x, (_mercator(self.north) - _mercator(lat)) * self.units_per_degree

    def choose_level(self, px_per_degree: float) -> Level:
        """Return the coarsest level whose omissions are below a pixel at this scale."""
        fine = (level for level in self.levels if level.tolerance * px_per_degree <= DETAIL_PX)
        return next(fine, self.levels[-1])


def _mercator(lat: float) -> float:
    """Return the Mercator northing of a latitude, in degrees of longitude."""
    return math.degrees(math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)))


@cache
def read_basemap() -> Basemap:
    """Read the committed basemap file, once per process."""
    drawn: dict[str, Any] = json.loads(FILE.read_text())
    projection = drawn["projection"]
    return Basemap(
        west=projection["west"],
        north=projection["north"],
        units_per_degree=projection["units_per_degree"],
        levels=tuple(
            Level(
                level["tolerance"],
                *(tuple(read_path(level[name])) for name in ("neighbours", "india", "states")),
            )
            for level in drawn["levels"]
        ),
    )


def read_path(text: str) -> list[Line]:
    """Parse an SVG path of straight steps (M, L, H, V, Z, absolute or relative); rings stay open."""
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
            # In SVG, further coordinates after a move are lines.
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


def draw_land(rings: Iterable[Line], frame: Frame) -> str:
    """Return the rings, clipped to the window, as one SVG path; empty if none reaches it."""
    cut = (clip_ring(frame.place_all(ring), frame.box) for ring in rings if _reaches(ring, frame))
    return "".join(f"{_draw(ring)}z" for ring in cut if len(ring) > 2)


def draw_lines(runs: Iterable[Sequence[Point]]) -> str:
    """Return lines in pixels as one SVG path."""
    return "".join(_draw(run) for run in runs)


def cut_lines(lines: Iterable[Line], frame: Frame) -> list[list[Point]]:
    """Return the parts of the lines that reach the window, in pixels."""
    return [run for line in lines if _reaches(line, frame) for run in _runs(frame.place_all(line), frame)]


def _reaches(line: Line, frame: Frame) -> bool:
    left, top, right, bottom = frame.box
    placed = frame.place_all(line)
    xs, ys = [x for x, _ in placed], [y for _, y in placed]
    return min(xs) < right and max(xs) > left and min(ys) < bottom and max(ys) > top


def _runs(line: list[Point], frame: Frame) -> list[list[Point]]:
    """Split a line into the runs whose steps may touch the window."""
    runs: list[list[Point]] = [[]]
    for start, end in pairwise(line):
        if _passes_by(start, end, frame):
            runs.append([])
        else:
            runs[-1] += [end] if runs[-1] else [start, end]
    return [run for run in runs if run]


def _passes_by(start: Point, end: Point, frame: Frame) -> bool:
    left, top, right, bottom = frame.box
    return (
        max(start[0], end[0]) < left
        or min(start[0], end[0]) > right
        or max(start[1], end[1]) < top
        or min(start[1], end[1]) > bottom
    )


def _draw(line: Iterable[Point]) -> str:
    """Write a line as an SVG path: one move, then relative steps, rounded to 0.1 px."""
    drawn, x, y = [], 0, 0
    for to_x, to_y in ((round(px * 10), round(py * 10)) for px, py in line):
        if not drawn:
            drawn.append(f"M{to_x / 10:g} {to_y / 10:g}l")
        elif (to_x, to_y) != (x, y):
            drawn.append(f"{(to_x - x) / 10:g} {(to_y - y) / 10:g} ")
        x, y = to_x, to_y
    return "".join(drawn).rstrip(" l").replace(" -", "-")
