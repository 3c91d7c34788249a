"""The customer page's map: SVG paths in a Mercator projection whose numbers are told beside them."""

from typing import Any

from tracking.basemap.geometry import Box, Line, Ring, clip_ring, signed_area, simplify, simplify_ring
from tracking.basemap.india import India, mercator
from tracking.basemap.natural_earth import Polygon

BOX: Box = (62.0, 4.0, 102.0, 39.0)
UNITS_PER_DEGREE = 100
TOLERANCE = 0.035
STATE_TOLERANCE = 0.055
FAR_TOLERANCE = 0.12
MIN_ISLAND = 0.5


def draw_paths(
    india: India,
    neighbours: list[Polygon],
    land_border: list[Line],
    cities: list[dict[str, str]],
    credit: str,
) -> dict[str, Any]:
    """The paths, how to project onto them, and the towns of the first two ranks."""
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
        "cities": [_mark(row) for row in cities if int(row["rank"]) <= 2],
    }


def project(point: tuple[float, float]) -> tuple[int, int]:
    """Where a place (longitude, latitude) lies in the drawing: units to the right, units down."""
    x = (point[0] - BOX[0]) * UNITS_PER_DEGREE
    y = (mercator(BOX[3]) - mercator(point[1])) * UNITS_PER_DEGREE
    return round(x), round(y)


def _mark(row: dict[str, str]) -> dict[str, Any]:
    x, y = project((float(row["lon"]), float(row["lat"])))
    names = {language: row[language] for language in ("en", "hi", "ta")}
    return {"x": x, "y": y, "rank": int(row["rank"]), "name": names}


def _rings(rings: list[Ring], tolerance: float) -> str:
    return "".join(_draw(simplify_ring(ring, tolerance)) + "z" for ring in rings)


def _lines(lines: list[Line], tolerance: float) -> str:
    return "".join(_draw(simplify(line, tolerance)) for line in lines)


def _draw(line: Line) -> str:
    """One move and relative steps, as short as SVG allows: a minus sign parts numbers by itself."""
    (x, y), *rest = (project(point) for point in line)
    drawn = f"M{x} {y}".replace(" -", "-")
    steps = []
    for to_x, to_y in rest:
        if (to_x, to_y) != (x, y):
            steps.append(f"{to_x - x} {to_y - y}")
            x, y = to_x, to_y
    return drawn + ("l" + " ".join(steps) if steps else "").replace(" -", "-")
