"""Atlas in memory, from the compiled file: PIN code areas, post offices and towns on the plane."""

import hashlib
import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from workers.places.packing import Bytes, unpack
from workers.places.plane import Floats, project

if TYPE_CHECKING:
    from scipy.spatial import cKDTree

COMPILED = Path(__file__).with_name("india.npz")
_DEGREES = 1e-5
Rows = NDArray[np.intp]
Tables = Mapping[str, NDArray[Any]]


class Areas(NamedTuple):
    """Areas of PIN codes: shapes on the plane, the row of each PIN code, and a spatial index.

    Where areas overlap, the first one counts: they are ordered by size, then by PIN code.
    """

    shapes: NDArray[Any]
    pincode: Rows
    tree: shapely.STRtree


class Offices(NamedTuple):
    """Post offices on the plane, ordered by PIN code: row of the code, row of the district, spatial index.

    The offices of code `n` are the rows from `starts[n]` to `starts[n + 1]`, the last excluded.
    """

    points: Floats
    pincode: Rows
    district: Rows
    starts: Rows
    tree: "cKDTree"

    def rows_of(self, pincode: int) -> slice:
        """Return the rows of the offices of a PIN code."""
        return slice(int(self.starts[pincode]), int(self.starts[pincode + 1]))

    def nearest_district(self, pincode: int, points: Floats) -> Rows:
        """Return the district of the nearest office of a PIN code to each point (n, 2) of the plane."""
        own = self.rows_of(pincode)
        steps = points[:, None] - self.points[own]
        nearest = np.hypot(steps[..., 0], steps[..., 1]).argmin(axis=1)
        found: Rows = self.district[own][nearest]
        return found


class Towns(NamedTuple):
    """Towns that can name a place: points on the plane, and the reach of each name (km)."""

    names: list[str]
    points: Floats
    reach_km: Floats


class Atlas(NamedTuple):
    """Data of the places index; `version` identifies the data set, `pincodes` are sorted numbers.

    `districts` are (district, state) pairs. `by_office` is true for PIN codes in several districts, where the
    nearest post office determines the district.
    """

    version: str
    pincodes: NDArray[np.int32]
    districts: list[tuple[str, str]]
    pincode_district: Rows
    by_office: NDArray[np.bool_]
    areas: Areas
    offices: Offices
    towns: Towns


# Reach of a town's name in km: 1.2 x (people / 10,000) ^ 0.42, at least 2 and at most 25.
MIN_PEOPLE = 15_000
_REACH, _GROWTH, _REACH_MIN, _REACH_MAX = 1.2, 0.42, 2.0, 25.0


def load_atlas(path: Path = COMPILED) -> Atlas:
    """Read the compiled file into an atlas, in about a second and 150 MB.

    Raises `OSError` if the file cannot be read, and `ValueError`, `KeyError` or `zipfile.BadZipFile` if it is
    not a file written by `compile_places`.
    """
    raw = path.read_bytes()
    with np.load(io.BytesIO(raw), allow_pickle=False) as tables:
        return lay_out(tables, f"in-{tables['data_month']}-{hashlib.sha256(raw).hexdigest()[:8]}")


def lay_out(tables: Tables, version: str = "") -> Atlas:
    """Return the atlas made from the arrays of the file, by name."""
    pincodes = tables["pincodes"]
    offices = _lay_offices(tables, pincodes)
    state_names = tables["states"].tolist()
    states = [state_names[row] for row in tables["district_state"]]
    return Atlas(
        version=version,
        pincodes=pincodes,
        districts=list(zip(tables["districts"].tolist(), states, strict=True)),
        pincode_district=tables["pincode_district"].astype(np.intp),
        by_office=_find_divided(offices, len(pincodes)),
        areas=_lay_areas(tables, pincodes),
        offices=offices,
        towns=_lay_towns(tables),
    )


def _lay_areas(tables: Tables, pincodes: NDArray[np.int32]) -> Areas:
    x, y, _ = project(unpack_degrees(tables["corner_lat_e5"]), unpack_degrees(tables["corner_lon_e5"]))
    ends = tuple(unpack(tables[name]) for name in ("ring_ends", "part_ends", "area_ends"))
    shapes = shapely.from_ragged_array(shapely.GeometryType.MULTIPOLYGON, np.stack((x, y), axis=1), ends)
    codes = tables["area_pincode"]
    preferred = np.lexsort((codes, shapely.area(shapes)))
    shapes = shapes[preferred]
    shapely.prepare(shapes)
    rows = np.searchsorted(pincodes, codes[preferred])
    return Areas(shapes, rows, shapely.STRtree(shapes))


def _lay_offices(tables: Tables, pincodes: NDArray[np.int32]) -> Offices:
    # A third of a second to import, in every process of the product; few of them read the atlas.
    from scipy.spatial import cKDTree  # noqa: PLC0415

    x, y, _ = project(unpack_degrees(tables["office_lat_e5"]), unpack_degrees(tables["office_lon_e5"]))
    points = np.stack((x, y), axis=1)
    rows = np.searchsorted(pincodes, unpack(tables["office_pincode"]))
    starts = np.searchsorted(rows, np.arange(len(pincodes) + 1))
    return Offices(points, rows, tables["office_district"].astype(np.intp), starts, cKDTree(points))


def _find_divided(offices: Offices, codes: int) -> NDArray[np.bool_]:
    """Return for each PIN code whether it has offices in more than one district."""
    lowest, highest = np.full(codes, np.iinfo(np.intp).max), np.full(codes, -1)
    np.minimum.at(lowest, offices.pincode, offices.district)
    np.maximum.at(highest, offices.pincode, offices.district)
    divided: NDArray[np.bool_] = (highest >= 0) & (lowest != highest)
    return divided


def unpack_degrees(packed: Bytes) -> Floats:
    """Return degrees from packed integers in units of 1e-5 degrees."""
    return unpack(packed).astype(np.float64) * _DEGREES


def _lay_towns(tables: Tables) -> Towns:
    large = tables["town_people"] >= MIN_PEOPLE
    people = tables["town_people"][large]
    x, y, _ = project(
        tables["town_lat_e5"][large] * _DEGREES,
        tables["town_lon_e5"][large] * _DEGREES,
    )
    reach = np.clip(_REACH * (people / 10_000) ** _GROWTH, _REACH_MIN, _REACH_MAX)
    return Towns(tables["town_names"][large].tolist(), np.stack((x, y), axis=1), reach)
