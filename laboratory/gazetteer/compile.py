"""Makes `india.npz`, all that naming a place needs, out of the areas, the post offices and the towns."""

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from laboratory.gazetteer.middles import find_middles
from laboratory.gazetteer.names import REGIONS
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

# Corners nearer than this (degrees, about 55 m) to a straight line are left out; points keep five decimals.
SIMPLIFIED_BY = 0.0005
GRID = 1e-5
# A point that offices of many PIN codes share is the middle of a district or a slip, and no office's own.
MAX_PINCODES_AT_A_POINT = 3
# An office farther than this from the area of its own PIN code was put down in the wrong place.
MAX_KM_ASTRAY = 10.0
# A district with a smaller share of a code's offices than this is taken for a slip of the pen.
MIN_SHARE = 0.1


def compile_places(folder: Path) -> Tables:
    """The arrays of `india.npz`, by name, from the packages unpacked in `folder`; same input, same arrays.

    Raises `SourceError` when a package is missing. `docs/places.md` lists the arrays.
    """
    check_sources(folder)
    areas = list(read_areas(folder))
    shapes = simplify_areas(areas)
    date, offices = read_offices(folder)
    kept = drop_astray(offices, areas, shapes)
    districts = name_districts(offices, kept, areas, shapes)
    tables = (
        {"data_month": np.array(date[:7].replace(".", "-"))}
        | _tabulate_areas(areas, shapes)
        | _tabulate_offices(kept, districts)
        | _tabulate_towns(read_towns(folder))
    )
    return tables | tabulate_middles(lay_out(tables))


def write_places(tables: Tables, path: Path) -> None:
    """Write the arrays, compressed; no pickle, and the same arrays give the same bytes."""
    np.savez_compressed(path, allow_pickle=False, **tables)


def tabulate_middles(atlas: Atlas) -> Tables:
    """A point in the midst of each PIN code, in their order; zeros where nobody can tell."""
    whole = np.rint(find_middles(atlas) / GRID).astype(np.int64)
    return {"middle_lat_e5": pack(whole[:, 0]), "middle_lon_e5": pack(whole[:, 1])}


def simplify_areas(areas: Sequence[Area]) -> NDArray[Any]:
    """The areas' shapes in degrees (longitude first): fewer corners, valid, on a grid of five decimals."""
    shapes = shapely.from_geojson([json.dumps(area.geometry) for area in areas])
    simple = shapely.make_valid(shapely.simplify(shapes, SIMPLIFIED_BY))
    return np.array([_keep_surfaces(shape) for shape in shapely.set_precision(simple, GRID)], dtype=object)


def drop_astray(offices: Sequence[Office], areas: Sequence[Area], shapes: NDArray[Any]) -> list[Office]:
    """The offices whose point can be trusted: few others at the same point, and near their own area."""
    shared: dict[tuple[float, float], set[int]] = defaultdict(set)
    for office in offices:
        if office.point:
            shared[office.point].add(office.pincode)
    placed = [
        office for office in offices if office.point and len(shared[office.point]) <= MAX_PINCODES_AT_A_POINT
    ]
    astray = _kilometres_astray(placed, areas, shapes) > MAX_KM_ASTRAY
    return [office for office, is_astray in zip(placed, astray, strict=True) if not is_astray]


def name_districts(
    offices: Sequence[Office], kept: Sequence[Office], areas: Sequence[Area], shapes: NDArray[Any]
) -> dict[int, list[District]]:
    """For each PIN code its districts, the one with most offices first; few slips, and none without any.

    A code of which the directory knows no district takes that of the nearest office.
    """
    counts: dict[int, Counter[District]] = defaultdict(Counter)
    for office in offices:
        if office.district and is_of_region(office.pincode, office.district[1]):
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


def is_of_region(pincode: int, state: str) -> bool:
    """Whether a PIN code may lie in a state: its first digit says so, and the directory sometimes slips.

    Codes of the army begin with 9 and lie anywhere.
    """
    region = REGIONS.get(pincode // 100_000)
    return region is None or state in region


def _rank(count: Counter[District]) -> list[District]:
    enough = MIN_SHARE * count.total()
    ranked = sorted(count, key=lambda district: (-count[district], district))
    return [ranked[0], *(district for district in ranked[1:] if count[district] >= enough)]


def _keep_surfaces(shape: Any) -> Any:
    """A shape as polygons alone: mending and rounding may leave lines and points beside them."""
    parts = shapely.get_parts(shapely.get_parts(shape))
    return shapely.multipolygons(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON])


def _points(offices: Sequence[Office]) -> NDArray[Any]:
    points: NDArray[Any] = shapely.points([office.point[::-1] for office in offices if office.point])
    return points


def _kilometres_astray(
    offices: Sequence[Office], areas: Sequence[Area], shapes: NDArray[Any]
) -> NDArray[np.float64]:
    """How far each office lies outside the area of its own PIN code; 0 inside, and where there is no area."""
    row_of = {area.pincode: row for row, area in enumerate(areas)}
    rows = np.array([row_of.get(office.pincode, -1) for office in offices])
    known = rows >= 0
    distances = np.zeros(len(offices))
    own = project_shapes(shapes)[rows[known]]
    distances[known] = shapely.distance(project_shapes(_points(offices))[known], own)
    return distances


def _tabulate_areas(areas: Sequence[Area], shapes: NDArray[Any]) -> Tables:
    """Areas in order; each has parts, each part rings (the first its outside), each ring corners."""
    _, corners, (ring_ends, part_ends, area_ends) = shapely.to_ragged_array(shapes)
    whole = np.rint(corners / GRID).astype(np.int64)
    return {
        "area_pincode": np.array([area.pincode for area in areas], dtype=np.int32),
        "area_ends": pack(area_ends),
        "part_ends": pack(part_ends),
        "ring_ends": pack(ring_ends),
        "corner_lon_e5": pack(whole[:, 0]),
        "corner_lat_e5": pack(whole[:, 1]),
    }


def _tabulate_offices(kept: Sequence[Office], districts: dict[int, list[District]]) -> Tables:
    """States and districts, PIN codes with their foremost district, offices with code, district and point."""
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
    """Towns, the largest first."""
    return {
        "town_names": np.array([town.name for town in towns]),
        "town_states": np.array([town.state for town in towns]),
        "town_people": np.array([town.people for town in towns], dtype=np.int32),
        "town_lat_e5": np.rint(np.array([town.lat for town in towns]) / GRID).astype(np.int32),
        "town_lon_e5": np.rint(np.array([town.lon for town in towns]) / GRID).astype(np.int32),
    }
