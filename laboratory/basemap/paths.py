"""Builds the customer page's map: SVG paths in a Mercator projection, with the projection's parameters."""

from typing import Any

from laboratory.basemap.india import India, mercator
from laboratory.basemap.natural_earth import Polygon
from tracking.map_geometry import Box, Line, Ring, clip_ring, signed_area, simplify, simplify_ring

BOX: Box = (40.0, -4.0, 116.0, 48.0)
UNITS_PER_DEGREE = 200
TOLERANCE = 0.035
STATE_TOLERANCE = 0.055
# The pilot's lanes are short, so its area is drawn in full detail.
NEAR: Box = (75.2, 10.8, 80.2, 15.0)
NEAR_TOLERANCE = 0.008
FAR_TOLERANCE = 0.2
MIN_ISLAND = 0.5


def draw_paths(
    india: India,
    neighbours: list[Polygon],
    land_border: list[Line],
    credit: str,
) -> dict[str, Any]:
    """Build the paths, and the parameters of their projection."""
    land = [clip_ring(ring, BOX) for polygon in neighbours for ring in polygon]
    return {
        "credit": credit,
        "projection": {
            "kind": "mercator",
            "west": BOX[0],
            "north": BOX[3],
            "units_per_degree": UNITS_PER_DEGREE,
            "width": project((BOX[2], BOX[1]))[0],
            "height": project((BOX[2], BOX[1]))[1],
        },
        "paths": {
            "neighbours": _rings([r for r in land if abs(signed_area(r)) > MIN_ISLAND], FAR_TOLERANCE),
            "land_border": _lines(land_border, FAR_TOLERANCE / 2),
            "india": _rings(india.outline, TOLERANCE),
            "states": _lines(india.state_lines, STATE_TOLERANCE),
        },
    }


def project(point: tuple[float, float]) -> tuple[int, int]:
    """Project a place (longitude, latitude) to drawing units: right, down."""
    x = (point[0] - BOX[0]) * UNITS_PER_DEGREE
    y = (mercator(BOX[3]) - mercator(point[1])) * UNITS_PER_DEGREE
    return round(x), round(y)


def _rings(rings: list[Ring], tolerance: float) -> str:
    return "".join(
        _draw(_with_near(ring, simplify_ring(ring, tolerance), simplify_ring(ring, NEAR_TOLERANCE))) + "z"
        for ring in rings
    )


def _lines(lines: list[Line], tolerance: float) -> str:
    return "".join(
        _draw(_with_near(line, simplify(line, tolerance), simplify(line, NEAR_TOLERANCE))) for line in lines
    )


def _with_near(line: Line, coarse: Line, fine: Line) -> Line:
    """Return the coarse line, with the points of the fine one in the pilot's area."""
    west, south, east, north = NEAR
    near = {(lon, lat) for lon, lat in fine if west < lon < east and south < lat < north}
    kept = near | set(coarse)
    return [point for point in line if point in kept]


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
