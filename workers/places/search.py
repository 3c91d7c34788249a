"""Finds the rows of the atlas that name a position: area or post office, district, town."""

from typing import NamedTuple

import numpy as np
import shapely

from tracking.domain.events import PlaceQuality
from workers.places.atlas import Atlas, Rows
from workers.places.cells import NOBODY, UNDECIDED, Cell, CellCache, find_cells
from workers.places.plane import Floats, project
from workers.places.shortlists import MAX_SCORE, ShortLists

NEAR_AREA_KM, NEAR_OFFICE_KM, REGION_KM = 1.0, 10.0, 50.0
# Within reach of India a real kilometre is at most this long on the plane.
_MAX_SCALE = 1.03
QUALITIES: tuple[PlaceQuality, ...] = ("area", "near", "region", "none")
_AREA, _NEAR, _REGION, _NONE = range(4)


class Found(NamedTuple):
    """Rows of the atlas for n points, `NOBODY` where there is none; quality (a row of `QUALITIES`).

    `distance_km` is how far the point is from what gave it its PIN code, `town_km` from the town's middle.
    """

    pincode: Rows
    district: Rows
    quality: Rows
    distance_km: Floats
    town: Rows
    town_km: Floats


class _Located(NamedTuple):
    """Points on the plane (n, 2), the scale there (n), and the cell of each."""

    points: Floats
    scales: Floats
    cells: list[Cell]


class Search:
    """Searches an atlas, remembering cells; not safe to use from several threads at once."""

    def __init__(self, atlas: Atlas) -> None:
        """Take the atlas to search."""
        self._atlas = atlas
        self.cells = CellCache(ShortLists(atlas).resolve)

    def find(self, points: Floats) -> Found:
        """What names each (lat, lon) in degrees, shape (n, 2), all within reach of India."""
        x, y, scales = project(points[:, 0], points[:, 1])
        at = _Located(np.stack((x, y), axis=1), scales, self.cells.read(find_cells(points)))
        decided = np.array([cell[:3] for cell in at.cells], dtype=np.intp).reshape(-1, 3)
        area = self._test_areas(at, decided[:, 0].copy())
        town, town_km = self._score_towns(at, decided[:, 2].copy())
        inside = area >= 0
        pincode = np.where(inside, self._atlas.areas.pincode[area], NOBODY)
        found = Found(
            pincode,
            self._choose_districts(at, pincode, decided[:, 1].copy()),
            np.where(inside, _AREA, _NONE),
            np.zeros(len(points)),
            town,
            town_km,
        )
        self._reach_out(at, np.flatnonzero(~inside), found)
        return found

    def _test_areas(self, at: _Located, area: Rows) -> Rows:
        """The area that holds each point, tested where the cell left it open; `NOBODY` outside all."""
        rows, candidates = _pair(at.cells, np.flatnonzero(area == UNDECIDED), "areas")
        area[area == UNDECIDED] = NOBODY
        shapes = self._atlas.areas.shapes[candidates]
        holds = np.flatnonzero(shapely.intersects_xy(shapes, at.points[rows, 0], at.points[rows, 1]))
        # Candidates come preferred first; written backwards, the first of them stays.
        area[rows[holds[::-1]]] = candidates[holds[::-1]]
        return area

    def _score_towns(self, at: _Located, town: Rows) -> tuple[Rows, Floats]:
        """The town that gives each point its name, and how far away it is."""
        towns = self._atlas.towns
        rows, candidates = _pair(at.cells, np.flatnonzero(town == UNDECIDED), "towns")
        town[town == UNDECIDED] = NOBODY
        steps = at.points[rows] - towns.points[candidates]
        scores = np.hypot(steps[:, 0], steps[:, 1]) / (at.scales[rows] * towns.reach_km[candidates])
        order = np.lexsort((candidates, scores, rows))
        best = order[np.unique(rows[order], return_index=True)[1]]
        best = best[scores[best] <= MAX_SCORE]
        town[rows[best]] = candidates[best]
        steps = at.points - towns.points[town]
        return town, np.hypot(steps[:, 0], steps[:, 1]) / at.scales

    def _choose_districts(self, at: _Located, pincode: Rows, district: Rows) -> Rows:
        """The district of each point with a PIN code: the code's own, or that of its nearest office."""
        open_rows = np.flatnonzero((district == UNDECIDED) & (pincode >= 0))
        district[district == UNDECIDED] = NOBODY
        codes = pincode[open_rows]
        district[open_rows] = self._atlas.pincode_district[codes]
        divided = open_rows[self._atlas.by_office[codes]]
        for code in np.unique(pincode[divided]):
            rows = divided[pincode[divided] == code]
            district[rows] = self._atlas.offices.nearest_district(code, at.points[rows])
        return district

    def _reach_out(self, at: _Located, rows: Rows, found: Found) -> None:
        """Fill in the points outside all areas: by an edge within 1 km, else by a post office."""
        if not rows.size:
            return
        near, areas, distances = self._find_edges(at, rows)
        found.pincode[near] = self._atlas.areas.pincode[areas]
        found.district[near] = self._choose_districts(
            at._replace(points=at.points[near]), found.pincode[near], np.full(len(near), UNDECIDED)
        )
        found.quality[near], found.distance_km[near] = _NEAR, distances
        self._ask_offices(at, np.setdiff1d(rows, near), found)

    def _find_edges(self, at: _Located, rows: Rows) -> tuple[Rows, Rows, Floats]:
        """Which of these points lie within 1 km of an area, of which, and how far from its edge."""
        (asked, areas), distances = self._atlas.areas.tree.query_nearest(
            shapely.points(at.points[rows]), max_distance=NEAR_AREA_KM * _MAX_SCALE, return_distance=True
        )
        kilometres = distances / at.scales[rows[asked]]
        order = np.lexsort((areas, asked))
        order = order[np.unique(asked[order], return_index=True)[1]]
        order = order[kilometres[order] <= NEAR_AREA_KM]
        return rows[asked[order]], areas[order], kilometres[order]

    def _ask_offices(self, at: _Located, rows: Rows, found: Found) -> None:
        """Fill in points by their nearest post office: its PIN code within 10 km, its district within 50."""
        offices = self._atlas.offices
        distances, nearest = offices.tree.query(at.points[rows])
        kilometres = distances / at.scales[rows]
        known = kilometres <= REGION_KM
        rows, nearest, kilometres = rows[known], nearest[known], kilometres[known]
        close = kilometres <= NEAR_OFFICE_KM
        found.pincode[rows] = np.where(close, offices.pincode[nearest], NOBODY)
        found.district[rows] = offices.district[nearest]
        found.quality[rows] = np.where(close, _NEAR, _REGION)
        found.distance_km[rows] = kilometres


def _pair(cells: list[Cell], rows: Rows, lists: str) -> tuple[Rows, Rows]:
    """Each of these points with each entry of its cell's short list, in order, as two columns."""
    candidates = [getattr(cells[row], lists) for row in rows.tolist()]
    counts = np.array([len(entries) for entries in candidates], dtype=np.intp)
    flat = [entry for entries in candidates for entry in entries]
    return np.repeat(rows, counts), np.array(flat, dtype=np.intp)
