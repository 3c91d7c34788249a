"""Map cells of about half a kilometre, and a cache of their names, which saves most searches."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import h3.api.basic_int as h3
import numpy as np
from numpy.typing import NDArray

from tracking.recent_entries import RecentEntries
from workers.places.plane import Floats, project

RESOLUTION = 8
CELLS_CACHED = 200_000
NO_ROW = -1
UNDECIDED = -2
# Hexagons are enlarged by this factor: their sides curve by millimetres, and points are rounded.
_ENLARGED = 1.01


class Cell(NamedTuple):
    """Rows of the atlas that are valid for all points of a cell, and candidates where there is no such row.

    `area`, `district` and `town` are rows, `NO_ROW`, or `UNDECIDED`. Undecided points are tested against
    `areas` (those that touch the cell, in order of preference) or `towns` (those that can name a point in
    it). A cell without an undecided value is *settled*; any other is a *border* cell.
    """

    area: int
    district: int
    town: int
    areas: tuple[int, ...] = ()
    towns: tuple[int, ...] = ()

    @property
    def is_settled(self) -> bool:
        """True if every point of the cell has the same names."""
        return UNDECIDED not in (self.area, self.district, self.town)


class Hexagons(NamedTuple):
    """Cells on the plane: corners with the row of their cell, middles, radii (km), scales."""

    corners: Floats
    of_cell: NDArray[np.intp]
    middles: Floats
    radii: Floats
    scales: Floats


def find_cells(points: Floats) -> list[int]:
    """Return the H3 cell of each (lat, lon) in degrees."""
    return [h3.latlng_to_cell(lat, lon, RESOLUTION) for lat, lon in points.tolist()]


def draw_hexagons(cells: Sequence[int]) -> Hexagons:
    """Return the cells as hexagons on the plane, each slightly enlarged."""
    outlines = [h3.cell_to_boundary(cell) for cell in cells]
    counts = [len(outline) for outline in outlines]
    of_cell = np.repeat(np.arange(len(cells)), counts)
    lat, lon = np.array([corner for outline in outlines for corner in outline]).T
    x, y, scale = project(lat, lon)
    starts = np.cumsum([0, *counts[:-1]])
    corners = np.stack((x, y), axis=1)
    middles = np.add.reduceat(corners, starts) / np.array(counts)[:, None]
    enlarged = middles[of_cell] + _ENLARGED * (corners - middles[of_cell])
    reach = np.hypot(*(enlarged - middles[of_cell]).T)
    return Hexagons(enlarged, of_cell, middles, np.maximum.reduceat(reach, starts), scale[starts])


class CellCache:
    """Cells used last, at most `size`. Not safe to use from several threads at once."""

    def __init__(self, resolve: Callable[[Sequence[int]], list[Cell]], size: int = CELLS_CACHED) -> None:
        """`resolve` computes many cells at once."""
        self._resolve = resolve
        self._cells: RecentEntries[int, Cell] = RecentEntries(size)

    def read(self, cells: Sequence[int]) -> list[Cell]:
        """Return each cell, in order; those that are not cached are computed together."""
        cached = [self._cells.find(cell) for cell in cells]
        missing = [cell for cell, known in zip(cells, cached, strict=True) if known is None]
        resolved = self._resolve_all(list(dict.fromkeys(missing))) if missing else {}
        return [known or resolved[cell] for cell, known in zip(cells, cached, strict=True)]

    def _resolve_all(self, missing: Sequence[int]) -> dict[int, Cell]:
        resolved = dict(zip(missing, self._resolve(missing), strict=True))
        for cell, names in resolved.items():
            self._cells.add(cell, names)
        return resolved
