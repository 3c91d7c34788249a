"""Computation of cells: the areas that touch a cell, its district, and the towns that can name it."""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import shapely

from workers.places.atlas import Atlas
from workers.places.cells import NO_ROW, UNDECIDED, Cell, Hexagons, draw_hexagons
from workers.places.plane import Floats

# A town names points up to twice its reach away.
MAX_SCORE = 2.0
# Bounds are widened by this share, far more than the scale of the plane changes within a cell.
_SLACK = 1e-3
# Number of cells that are compared with all towns at once; more would not fit into the CPU's cache.
_AT_ONCE = 64


class ShortLists:
    """Computes cells from an atlas."""

    def __init__(self, atlas: Atlas) -> None:
        """`atlas` is the atlas to read."""
        self._atlas = atlas
        # 32 bits are enough: the slack is far larger than the rounding error.
        self._town_x, self._town_y = atlas.towns.points.T.astype(np.float32)
        self._per_reach = (1 / atlas.towns.reach_km).astype(np.float32)

    def resolve(self, cells: Sequence[int]) -> list[Cell]:
        """Compute each H3 cell, in order."""
        return [
            cell
            for start in range(0, len(cells), _AT_ONCE)
            for cell in self._resolve(draw_hexagons(cells[start : start + _AT_ONCE]))
        ]

    def _resolve(self, drawn: Hexagons) -> list[Cell]:
        touching, covering = self._find_areas(drawn)
        towns = self._find_towns(drawn)
        made = []
        for row, area in enumerate(covering):
            district = self._find_district(area, drawn.middles[row], drawn.radii[row])
            town, candidates = towns[row]
            undecided = touching[row] if area == UNDECIDED else ()
            made.append(Cell(area, district, town, undecided, candidates))
        return made

    def _find_areas(self, drawn: Hexagons) -> tuple[list[tuple[int, ...]], list[int]]:
        """Return for each hexagon the areas that touch it, and the one that alone covers it, if any."""
        hexagons = shapely.polygons(shapely.linearrings(drawn.corners, indices=drawn.of_cell))
        rows, areas = self._atlas.areas.tree.query(hexagons, predicate="intersects")
        order = np.lexsort((areas, rows))
        rows, areas = rows[order], areas[order]
        starts = np.searchsorted(rows, np.arange(len(hexagons) + 1))
        alone = np.diff(starts) == 1
        first = areas[starts[:-1][alone]]
        covering = np.full(len(hexagons), UNDECIDED)
        covered = shapely.covers(self._atlas.areas.shapes[first], hexagons[alone])
        covering[alone] = np.where(covered, first, UNDECIDED)
        lists = [tuple(areas[start:end].tolist()) for start, end in pairwise(starts)]
        return lists, covering.tolist()

    def _find_district(self, area: int, middle: Floats, radius: float) -> int:
        """Return the district of a covered hexagon, if every office that can be nearest is in the same."""
        if area == UNDECIDED:
            return UNDECIDED
        pincode = self._atlas.areas.pincode[area]
        if not self._atlas.by_office[pincode]:
            return int(self._atlas.pincode_district[pincode])
        own = self._atlas.offices.rows_of(pincode)
        distances = np.hypot(*(self._atlas.offices.points[own] - middle).T)
        districts = np.unique(self._atlas.offices.district[own][distances <= distances.min() + 2 * radius])
        return int(districts[0]) if len(districts) == 1 else UNDECIDED

    def _find_towns(self, drawn: Hexagons) -> list[tuple[int, tuple[int, ...]]]:
        """Return for each hexagon the town that names all of it, or the towns that can name a point in it."""
        lowest, highest = self._bound_scores(drawn)
        can_win = lowest <= np.minimum(highest.min(axis=1), MAX_SCORE)[:, None] * (1 + _SLACK)
        rows, towns = np.nonzero(can_win)
        starts = np.searchsorted(rows, np.arange(len(can_win) + 1)).tolist()
        surely = (highest[rows, towns] <= MAX_SCORE * (1 - _SLACK)).tolist()
        candidates = towns.tolist()
        found: list[tuple[int, tuple[int, ...]]] = []
        for start, end in pairwise(starts):
            if start == end:
                found.append((NO_ROW, ()))
            elif end - start == 1 and surely[start]:
                found.append((candidates[start], ()))
            else:
                found.append((UNDECIDED, tuple(candidates[start:end])))
        return found

    def _bound_scores(self, drawn: Hexagons) -> tuple[Floats, Floats]:
        """Return the lowest and highest score of each town in each hexagon, shape (hexagons, towns)."""
        middles = drawn.middles.astype(np.float32)
        across = middles[:, :1] - self._town_x
        up = middles[:, 1:] - self._town_y
        # Not `np.hypot`, which takes twenty times as long.
        shares = np.sqrt(across * across + up * up) * self._per_reach
        margins = drawn.radii.astype(np.float32)[:, None] * self._per_reach
        scales = drawn.scales.astype(np.float32)[:, None]
        return (shares - margins) / scales, (shares + margins) / scales
