"""Search of the atlas: the area or post office, district and town that name a position."""

from typing import NamedTuple

import numpy as np
import shapely

from tracking.domain.events import PlaceQuality
from workers.places.atlas import Atlas, Rows
from workers.places.cells import NO_ROW, UNDECIDED, Cell, CellCache, find_cells
from workers.places.plane import Floats, project
from workers.places.shortlists import MAX_SCORE, ShortLists

NEAR_AREA_KM, NEAR_OFFICE_KM, REGION_KM = 1.0, 10.0, 50.0
# Largest scale of the plane in and around India.
_MAX_SCALE = 1.03
QUALITIES: tuple[PlaceQuality, ...] = ("area", "near", "region", "none")
_AREA, _NEAR, _REGION, _NONE = range(4)


class Found(NamedTuple):
    """Rows of the atlas for n points, `NO_ROW` where there is none; `quality` is an index of `QUALITIES`.

    `distance_km` is the distance to the area or office that gave the PIN code, `town_km` to the town's point.
    """

    pincode: Rows
    district: Rows
    quality: Rows
    distance_km: Floats
    town: Rows
    town_km: Floats


class _Located(NamedTuple):
    """Points on the plane (n, 2), their scales (n), and their cells."""

    points: Floats
    scales: Floats
    cells: list[Cell]


class Search:
    """Search of an atlas, with a cache of cells. Not safe to use from several threads at once."""

    def __init__(self, atlas: Atlas) -> None:
        """`atlas` is the atlas to search."""
        self._atlas = atlas
        self.cells = CellCache(ShortLists(atlas).resolve)

    def find(self, points: Floats) -> Found:
        """Return the names of each (lat, lon) in degrees, shape (n, 2), all in or near India."""
        x, y, scales = project(points[:, 0], points[:, 1])
        located = _Located(np.stack((x, y), axis=1), scales, self.cells.read(find_cells(points)))
        decided = np.array([cell[:3] for cell in located.cells], dtype=np.intp).reshape(-1, 3)
        area = self._test_areas(located, decided[:, 0].copy())
        town, town_km = self._score_towns(located, decided[:, 2].copy())
        inside = area >= 0
        pincode = np.where(inside, self._atlas.areas.pincode[area], NO_ROW)
        found = Found(
            pincode,
            self._choose_districts(located, pincode, decided[:, 1].copy()),
            np.where(inside, _AREA, _NONE),
            np.zeros(len(points)),
            town,
            town_km,
        )
        self._fill_outside(located, np.flatnonzero(~inside), found)
        return found

    def _test_areas(self, located: _Located, area: Rows) -> Rows:
        """Return the area that contains each point, tested where the cell is undecided; else `NO_ROW`."""
        rows, candidates = _pair(located.cells, np.flatnonzero(area == UNDECIDED), "areas")
        area[area == UNDECIDED] = NO_ROW
        shapes = self._atlas.areas.shapes[candidates]
        holds = np.flatnonzero(
            shapely.intersects_xy(shapes, located.points[rows, 0], located.points[rows, 1])
        )
        # Candidates are in order of preference. Assigned in reverse, the first one remains.
        area[rows[holds[::-1]]] = candidates[holds[::-1]]
        return area

    def _score_towns(self, located: _Located, town: Rows) -> tuple[Rows, Floats]:
        """Return the town that names each point, and its distance (km)."""
        towns = self._atlas.towns
        rows, candidates = _pair(located.cells, np.flatnonzero(town == UNDECIDED), "towns")
        town[town == UNDECIDED] = NO_ROW
        steps = located.points[rows] - towns.points[candidates]
        scores = np.hypot(steps[:, 0], steps[:, 1]) / (located.scales[rows] * towns.reach_km[candidates])
        order = np.lexsort((candidates, scores, rows))
        best = order[np.unique(rows[order], return_index=True)[1]]
        best = best[scores[best] <= MAX_SCORE]
        town[rows[best]] = candidates[best]
        steps = located.points - towns.points[town]
        return town, np.hypot(steps[:, 0], steps[:, 1]) / located.scales

    def _choose_districts(self, located: _Located, pincode: Rows, district: Rows) -> Rows:
        """Return the district of each point with a PIN code: that of the code, or of its nearest office."""
        open_rows = np.flatnonzero((district == UNDECIDED) & (pincode >= 0))
        district[district == UNDECIDED] = NO_ROW
        codes = pincode[open_rows]
        district[open_rows] = self._atlas.pincode_district[codes]
        divided = open_rows[self._atlas.by_office[codes]]
        for code in np.unique(pincode[divided]):
            rows = divided[pincode[divided] == code]
            district[rows] = self._atlas.offices.nearest_district(code, located.points[rows])
        return district

    def _fill_outside(self, located: _Located, rows: Rows, found: Found) -> None:
        """Set the results of points outside all areas: by an area within 1 km, else by a post office."""
        if not rows.size:
            return
        near, areas, distances = self._find_edges(located, rows)
        found.pincode[near] = self._atlas.areas.pincode[areas]
        found.district[near] = self._choose_districts(
            located._replace(points=located.points[near]), found.pincode[near], np.full(len(near), UNDECIDED)
        )
        found.quality[near], found.distance_km[near] = _NEAR, distances
        self._use_offices(located, np.setdiff1d(rows, near), found)

    def _find_edges(self, located: _Located, rows: Rows) -> tuple[Rows, Rows, Floats]:
        """Return the points within 1 km of an area, their areas, and the distances from the edges."""
        (indices, areas), distances = self._atlas.areas.tree.query_nearest(
            shapely.points(located.points[rows]), max_distance=NEAR_AREA_KM * _MAX_SCALE, return_distance=True
        )
        kilometres = distances / located.scales[rows[indices]]
        order = np.lexsort((areas, indices))
        order = order[np.unique(indices[order], return_index=True)[1]]
        order = order[kilometres[order] <= NEAR_AREA_KM]
        return rows[indices[order]], areas[order], kilometres[order]

    def _use_offices(self, located: _Located, rows: Rows, found: Found) -> None:
        """Set the results of points by the nearest office: PIN code within 10 km, district within 50 km."""
        offices = self._atlas.offices
        distances, nearest = offices.tree.query(located.points[rows])
        kilometres = distances / located.scales[rows]
        in_region = kilometres <= REGION_KM
        rows, nearest, kilometres = rows[in_region], nearest[in_region], kilometres[in_region]
        close = kilometres <= NEAR_OFFICE_KM
        found.pincode[rows] = np.where(close, offices.pincode[nearest], NO_ROW)
        found.district[rows] = offices.district[nearest]
        found.quality[rows] = np.where(close, _NEAR, _REGION)
        found.distance_km[rows] = kilometres


def _pair(cells: list[Cell], rows: Rows, kind: str) -> tuple[Rows, Rows]:
    """Return pairs of each of these points with each candidate of its cell, in order, as two columns."""
    candidates = [getattr(cells[row], kind) for row in rows.tolist()]
    counts = np.array([len(entries) for entries in candidates], dtype=np.intp)
    flat = [entry for entries in candidates for entry in entries]
    return np.repeat(rows, counts), np.array(flat, dtype=np.intp)
