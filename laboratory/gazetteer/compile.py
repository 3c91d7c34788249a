"""Builds `india.npz` from PIN code areas, post offices and towns; it has all that naming a place needs."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from laboratory.gazetteer.names import REGIONS
from laboratory.gazetteer.pincode_centers import find_pincode_centers
from laboratory.gazetteer.sources import (
    Area,
    Office,
    Town,
    check_sources,
    read_areas,
    read_offices,
    read_towns,
)
from workers.places.atlas import Atlas, lay_out
from workers.places.packing import pack
from workers.places.plane import project_shapes

Tables = dict[str, NDArray[Any]]
District = tuple[str, str]

# Tolerance of simplifying areas (degrees, about 55 m), and the grid that coordinates are rounded to.
SIMPLIFIED_BY = 0.0005
GRID = 1e-5
# A point shared by offices of more PIN codes is the centre of a district or an error, not an office.
MAX_PINCODES_AT_A_POINT = 3
# An office farther than this from the area of its own PIN code has a wrong point.
MAX_MISPLACED_KM = 10.0
# A district with a smaller share of a PIN code's offices is taken for an error.
MIN_SHARE = 0.1


def compile_places(folder: Path) -> Tables:
    """Build the arrays of `india.npz`, by name, from the packages unpacked in `folder`.

    The same input gives the same arrays; `docs/places.md` lists them. Raises `SourceError` if a package is
    missing.
    """
    check_sources(folder)
    areas = list(read_areas(folder))
    shapes = simplify_areas(areas)
    date, offices = read_offices(folder)
    kept = drop_misplaced(offices, areas, shapes)
    districts = name_districts(offices, kept, areas, shapes)
    tables = (
        {"data_month": np.array(date[:7].replace(".", "-"))}
        | _tabulate_areas(areas, shapes)
        | _tabulate_offices(kept, districts)
        | _tabulate_towns(read_towns(folder))
    )
    return tables | tabulate_centers(lay_out(tables))


def write_places(tables: Tables, path: Path) -> None:
    """Write the arrays, compressed and without pickle; the same arrays give the same bytes."""
    np.savez_compressed(path, allow_pickle=False, **tables)


def tabulate_centers(atlas: Atlas) -> Tables:
    """Tabulate a central point of each PIN code, in their order; zeros where there is none."""
    grid_points = np.rint(find_pincode_centers(atlas) / GRID).astype(np.int64)
    return {"middle_lat_e5": pack(grid_points[:, 0]), "middle_lon_e5": pack(grid_points[:, 1])}


def simplify_areas(areas: Sequence[Area]) -> NDArray[Any]:
    """Return the areas' shapes in degrees (longitude first): simplified, valid, rounded to five decimals."""
    shapes = shapely.from_geojson([json.dumps(area.geometry) for area in areas])
    simple = shapely.make_valid(shapely.simplify(shapes, SIMPLIFIED_BY))
    return np.array([_keep_surfaces(shape) for shape in shapely.set_precision(simple, GRID)], dtype=object)


def drop_misplaced(offices: Sequence[Office], areas: Sequence[Area], shapes: NDArray[Any]) -> list[Office]:
    """Return the offices with a plausible point: near their own area, and shared by few PIN codes."""
    shared: dict[tuple[float, float], set[int]] = defaultdict(set)
    for office in offices:
        if office.point:
            shared[office.point].add(office.pincode)
    placed = [
        office for office in offices if office.point and len(shared[office.point]) <= MAX_PINCODES_AT_A_POINT
    ]
    misplaced = _measure_misplacement_km(placed, areas, shapes) > MAX_MISPLACED_KM
    return [office for office, is_misplaced in zip(placed, misplaced, strict=True) if not is_misplaced]


def name_districts(
    offices: Sequence[Office], kept: Sequence[Office], areas: Sequence[Area], shapes: NDArray[Any]
) -> dict[int, list[District]]:
    """Return the districts of each PIN code, the one with most offices first.

    Rare districts are dropped as errors. A PIN code without a district takes that of the nearest office.
    """
    counts: dict[int, Counter[District]] = defaultdict(Counter)
    for office in offices:
        if office.district and may_lie_in(office.pincode, office.district[1]):
            counts[office.pincode][office.district] += 1
    named = {pincode: _rank(count) for pincode, count in counts.items()}
    known = [office for office in kept if office.pincode in named]
    tree = shapely.STRtree(_points(known))
    inner = dict(zip((area.pincode for area in areas), shapely.point_on_surface(shapes), strict=True))
    inner |= {office.pincode: shapely.Point(office.point[::-1]) for office in kept if office.point}
    for pincode, point in inner.items():
        if pincode not in named:
            named[pincode] = named[known[tree.nearest(point)].pincode][:1]
    return named


def may_lie_in(pincode: int, state: str) -> bool:
    """Return whether a PIN code may lie in a state, by its first digit; the directory has errors.

    Codes of the army begin with 9 and may lie anywhere.
    """
    region = REGIONS.get(pincode // 100_000)
    return region is None or state in region


def _rank(count: Counter[District]) -> list[District]:
    enough = MIN_SHARE * count.total()
    ranked = sorted(count, key=lambda district: (-count[district], district))
    return [ranked[0], *(district for district in ranked[1:] if count[district] >= enough)]


def _keep_surfaces(shape: Any) -> Any:
    """Keep only the polygons of a shape: making it valid and rounding may leave lines and points."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    return shapely.multipolygons(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON])


def _points(offices: Sequence[Office]) -> NDArray[Any]:
    points: NDArray[Any] = shapely.points([office.point[::-1] for office in offices if office.point])
    return points


def _measure_misplacement_km(
    offices: Sequence[Office], areas: Sequence[Area], shapes: NDArray[Any]
) -> NDArray[np.float64]:
    """Return how many km each office lies outside the area of its PIN code; 0 inside or without an area."""
    row_of = {area.pincode: row for row, area in enumerate(areas)}
    rows = np.array([row_of.get(office.pincode, -1) for office in offices])
    known = rows >= 0
    distances = np.zeros(len(offices))
    own = project_shapes(shapes)[rows[known]]
    distances[known] = shapely.distance(project_shapes(_points(offices))[known], own)
    return distances


def _tabulate_areas(areas: Sequence[Area], shapes: NDArray[Any]) -> Tables:
    """Tabulate areas: each has parts, each part rings (the outer one first), each ring corners."""
    _, corners, (ring_ends, part_ends, area_ends) = shapely.to_ragged_array(shapes)
    grid_points = np.rint(corners / GRID).astype(np.int64)
    return {
        "area_pincode": np.array([area.pincode for area in areas], dtype=np.int32),
        "area_ends": pack(area_ends),
        "part_ends": pack(part_ends),
        "ring_ends": pack(ring_ends),
        "corner_lon_e5": pack(grid_points[:, 0]),
        "corner_lat_e5": pack(grid_points[:, 1]),
    }


def _tabulate_offices(kept: Sequence[Office], districts: dict[int, list[District]]) -> Tables:
    """Tabulate states, districts, PIN codes with their main district, and offices."""
    pairs = sorted({pair for named in districts.values() for pair in named})
    states = sorted({state for _, state in pairs})
    row_of = {pair: row for row, pair in enumerate(pairs)}
    pincodes = sorted(districts)
    placed = [(office, districts[office.pincode]) for office in kept]
    own = [office.district if office.district in named else named[0] for office, named in placed]
    points = np.array([office.point for office in kept])
    return {
        "states": np.array(states),
        "districts": np.array([name for name, _ in pairs]),
        "district_state": np.array([states.index(state) for _, state in pairs], dtype=np.uint8),
        "pincodes": np.array(pincodes, dtype=np.int32),
        "pincode_district": np.array([row_of[districts[code][0]] for code in pincodes], dtype=np.uint16),
        "office_pincode": pack(np.array([office.pincode for office in kept])),
        "office_district": np.array([row_of[pair] for pair in own if pair], dtype=np.uint16),
        "office_delivers": np.array([office.delivers for office in kept]),
        "office_lat_e5": pack(np.rint(points[:, 0] / GRID).astype(np.int64)),
        "office_lon_e5": pack(np.rint(points[:, 1] / GRID).astype(np.int64)),
    }


def _tabulate_towns(towns: Sequence[Town]) -> Tables:
    """Tabulate towns, the largest first."""
    return {
        "town_names": np.array([town.name for town in towns]),
        "town_states": np.array([town.state for town in towns]),
        "town_people": np.array([town.people for town in towns], dtype=np.int32),
        "town_lat_e5": np.rint(np.array([town.lat for town in towns]) / GRID).astype(np.int32),
        "town_lon_e5": np.rint(np.array([town.lon for town in towns]) / GRID).astype(np.int32),
    }
