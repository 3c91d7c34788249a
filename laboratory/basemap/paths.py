"""Builds the customer page's map: SVG paths in a Mercator projection, at several levels of detail."""

from typing import Any, NamedTuple

import shapely

from laboratory.basemap.coast import generalise, list_polygons
from laboratory.basemap.india import mercator
from laboratory.basemap.natural_earth import Shape
from tracking.map_geometry import Box, Line, simplify

BOX: Box = (4.0, -26.0, 154.0, 62.0)
MIDDLE_BOX: Box = (40.0, -4.0, 116.0, 48.0)
NEAR_BOX: Box = (64.0, 3.0, 101.0, 40.0)
UNITS_PER_DEGREE = 1000


class Level(NamedTuple):
    """Level of detail: tolerance (degrees), the box that is drawn, least area of a foreign island."""

    tolerance: float
    box: Box
    min_area: float


# The farthest view has 5 px per degree, the nearest one 1000.
LEVELS = (
    Level(0.09, BOX, 0.05),
    Level(0.05, MIDDLE_BOX, 0.02),
    Level(0.024, NEAR_BOX, 0.004),
    Level(0.01, NEAR_BOX, 0.001),
    Level(0.004, NEAR_BOX, 0.0003),
    Level(0.0015, NEAR_BOX, 0.0001),
)


def draw_paths(india: Shape, neighbours: Shape, state_lines: list[Line], credit: str) -> dict[str, Any]:
    """Build the paths of each level, and the parameters of their projection."""
    return {
        "credit": credit,
        "projection": {
            "kind": "mercator",
            "west": BOX[0],
            "north": BOX[3],
            "units_per_degree": UNITS_PER_DEGREE,
        },
        "levels": [_draw_level(level, india, neighbours, state_lines) for level in LEVELS],
    }


def project(point: tuple[float, float]) -> tuple[int, int]:
    """Project a place (longitude, latitude) to drawing units: right, down."""
    x = (point[0] - BOX[0]) * UNITS_PER_DEGREE
    y = (mercator(BOX[3]) - mercator(point[1])) * UNITS_PER_DEGREE
    return round(x), round(y)


def _draw_level(level: Level, india: Shape, neighbours: Shape, state_lines: list[Line]) -> dict[str, Any]:
    around = shapely.intersection(generalise(neighbours, level.tolerance), shapely.box(*level.box))
    return {
        "tolerance": level.tolerance,
        "neighbours": _draw_rings(around, level.min_area),
        "india": _draw_rings(generalise(india, level.tolerance), 0.0),
        "states": "".join(_draw(simplify(line, level.tolerance)) for line in state_lines),
    }


def _draw_rings(shape: Shape, min_area: float) -> str:
    return "".join(_draw(ring) + "z" for polygon in list_polygons(shape, min_area) for ring in polygon)


def _draw(line: Line) -> str:
    """Write one move and relative steps, as short as SVG allows: a minus sign also separates numbers."""
    (x, y), *rest = (project(point) for point in line)
    drawn = f"M{x} {y}".replace(" -", "-")
    steps = []
    for to_x, to_y in rest:
        if (to_x, to_y) != (x, y):
            steps.append(f"{to_x - x} {to_y - y}")
            x, y = to_x, to_y
    return drawn + ("l" + " ".join(steps) if steps else "").replace(" -", "-")
