"""Reads India's surroundings from TopoJSON of Natural Earth: land, borders, rivers and lakes."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

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

LAND_BOX: Box = (38.0, -16.0, 122.0, 54.0)
WATER_BOX: Box = (58.0, 2.0, 105.0, 42.0)
LEFT_OUT = "India"
# A foreign border this near to India's outline, or inside it, is erased; degrees.
ERASE_WITHIN = 0.12
LAND_TOLERANCE = 0.03
WATER_TOLERANCE = 0.008
MIN_LAND = 0.004
MIN_LAKE = 0.02
_STEP = 0.02

# An outer ring and its holes.
Polygon = list[Ring]


def read_neighbours(countries: dict[str, Any]) -> list[Polygon]:
    """Return the land of all countries but India in the box, merged across their borders."""
    arcs = _decode_arcs(countries)
    uses = Counter(
        _forward(arc)
        for country in _geometries(countries, "countries")
        if country["properties"]["name"] != LEFT_OUT
        for ring in _rings_of(country)
        for arc in ring
    )
    rings = _stitch([arcs[arc] for arc, count in uses.items() if count == 1])
    clipped = (clip_ring(ring, LAND_BOX) for ring in rings)
    kept = [simplify_ring(ring, LAND_TOLERANCE) for ring in clipped if abs(signed_area(ring)) > MIN_LAND]
    return _nest(kept)


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
        simplify(run, LAND_TOLERANCE)
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


def _stitch(lines: list[Line]) -> list[Ring]:
    """Join lines that meet at their ends into closed rings; each line is used once."""
    at: dict[Point, list[int]] = defaultdict(list)
    for number, line in enumerate(lines):
        at[line[0]].append(number)
        at[line[-1]].append(number)
    left = dict.fromkeys(range(len(lines)))
    rings = []
    while left:
        number = next(iter(left))
        del left[number]
        ring = list(lines[number])
        while ring[0] != ring[-1]:
            number = next((n for n in at[ring[-1]] if n in left), -1)
            if number < 0:
                break
            del left[number]
            line = lines[number]
            ring += line[1:] if line[0] == ring[-1] else line[-2::-1]
        rings.append(ring[:-1])
    return rings


def _nest(rings: list[Ring]) -> list[Polygon]:
    """Group rings into polygons: a ring inside a larger one is its hole."""
    polygons: list[Polygon] = []
    for ring in sorted(rings, key=lambda ring: -abs(signed_area(ring))):
        outer = next((polygon for polygon in polygons if contains(polygon, ring[0])), None)
        if outer is None:
            polygons.append([ring])
        else:
            outer.append(ring)
    return polygons
