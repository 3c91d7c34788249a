"""Reads India's surroundings from TopoJSON of Natural Earth: land, borders, rivers and lakes."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import shapely

from tracking.map_geometry import (
    Box,
    Line,
    NearIndex,
    Point,
    Ring,
    clip_ring,
    contains,
    is_in_box,
    keep_where,
    signed_area,
    simplify,
    simplify_ring,
)

LAND_BOX: Box = (4.0, -26.0, 154.0, 62.0)
WATER_BOX: Box = (58.0, 2.0, 105.0, 42.0)
LEFT_OUT = "India"
# A foreign border this near to India's outline, or inside it, is erased; degrees.
ERASE_WITHIN = 0.12
BORDER_TOLERANCE = 0.05
WATER_TOLERANCE = 0.008
MIN_LAKE = 0.02
_STEP = 0.02

# An outer ring and its holes.
Polygon = list[Ring]
# Polygons in degrees, as shapely keeps them.
Shape = shapely.Geometry


def read_land(countries: dict[str, Any]) -> Shape:
    """Return the land of all countries in the box, with the coast of the 1:10 million scale."""
    arcs = _decode_arcs(countries)
    shapes = [_shape(arcs, geometry) for geometry in _geometries(countries, "countries")]
    return shapely.union_all([shape for shape in shapes if not shape.is_empty])


def read_own_land(countries: dict[str, Any]) -> Shape:
    """Return the land that the source draws as India: good for its coast, not for its borders."""
    arcs = _decode_arcs(countries)
    named = [g for g in _geometries(countries, "countries") if g["properties"]["name"] == LEFT_OUT]
    return shapely.union_all([_shape(arcs, geometry) for geometry in named])


def read_borders(countries: dict[str, Any], outline: list[Ring]) -> list[Line]:
    """Return borders between neighbours, none inside India's outline or within 0.12 degrees of it."""
    arcs = _decode_arcs(countries)
    owners: dict[int, set[str]] = defaultdict(set)
    for country in _geometries(countries, "countries"):
        for ring in _rings_of(country):
            for arc in ring:
                owners[_forward(arc)].add(country["properties"]["name"])
    near = NearIndex(outline, ERASE_WITHIN)

    def is_foreign(point: Point) -> bool:
        return is_in_box(LAND_BOX, point) and not near.is_near(point) and not contains(outline, point)

    return [
        simplify(run, BORDER_TOLERANCE)
        for arc, names in owners.items()
        if len(names) > 1 and LEFT_OUT not in names
        for run in keep_where(arcs[arc], is_foreign, _STEP)
    ]


def read_rivers(waters: dict[str, Any]) -> list[Line]:
    """Return the rivers in the box."""
    arcs = _decode_arcs(waters)
    lines = [_join(arcs, line) for river in _geometries(waters, "rivers") for line in _lines_of(river)]
    return [
        simplify(run, WATER_TOLERANCE)
        for line in lines
        for run in keep_where(line, lambda point: is_in_box(WATER_BOX, point), 0.1)
    ]


def read_lakes(waters: dict[str, Any]) -> list[Polygon]:
    """Return the lakes in the box that are large enough to be visible."""
    arcs = _decode_arcs(waters)
    rings = [
        clip_ring(_join(arcs, ring)[:-1], WATER_BOX)
        for lake in _geometries(waters, "lakes")
        for ring in _rings_of(lake)
    ]
    return [[simplify_ring(ring, WATER_TOLERANCE)] for ring in rings if abs(signed_area(ring)) > MIN_LAKE]


def _shape(arcs: list[Line], geometry: dict[str, Any]) -> Shape:
    """Return a country's polygons within the box; the even-odd rule makes inner rings holes."""
    polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    drawn = [[_join(arcs, ring) for ring in polygon] for polygon in polygons]
    near = [shapely.Polygon(outer, holes) for outer, *holes in drawn if _reaches_box(outer)]
    return shapely.intersection(shapely.union_all(shapely.make_valid(near)), shapely.box(*LAND_BOX))


def _reaches_box(ring: Ring) -> bool:
    west, south, east, north = LAND_BOX
    lons, lats = zip(*ring, strict=True)
    return min(lons) < east and max(lons) > west and min(lats) < north and max(lats) > south


def _decode_arcs(topology: dict[str, Any]) -> list[Line]:
    (x_scale, y_scale), (west, south) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for deltas in topology["arcs"]:
        x = y = 0
        line = []
        for dx, dy in deltas:
            x, y = x + dx, y + dy
            line.append((x * x_scale + west, y * y_scale + south))
        arcs.append(line)
    return arcs


def _geometries(topology: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = topology["objects"][name]["geometries"]
    return [geometry for geometry in found if geometry.get("arcs")]


def _rings_of(geometry: dict[str, Any]) -> Iterator[list[int]]:
    polygons = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
    return (ring for polygon in polygons for ring in polygon)


def _lines_of(geometry: dict[str, Any]) -> list[list[int]]:
    lines: list[list[int]] = geometry["arcs"]
    return lines if geometry["type"] == "MultiLineString" else [lines]  # type: ignore[list-item]


def _forward(arc: int) -> int:
    """Return the number of an arc; a negative reference means its reverse."""
    return arc if arc >= 0 else ~arc


def _join(arcs: list[Line], numbers: list[int]) -> Line:
    line: Line = []
    for number in numbers:
        part = arcs[number] if number >= 0 else arcs[~number][::-1]
        line += part[1:] if line else part
    return line
