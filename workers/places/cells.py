"""Map cells of about half a kilometre and a cache of what is known about them, which saves most searches."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import h3.api.basic_int as h3
import numpy as np
from cachetools import LRUCache
from numpy.typing import NDArray

from workers.places.plane import Floats, project

RESOLUTION = 8
CACHED = 200_000
NOBODY = -1
UNDECIDED = -2
# A hexagon is drawn this much larger than it is: its true sides bend by millimetres, and points are rounded.
_GROWN = 1.01


class Cell(NamedTuple):
    """Rows of the atlas that hold anywhere in a cell, and short lists where they do not.

    `area`, `district` and `town` are rows, `NOBODY`, or `UNDECIDED`: then a point is tested against `areas`
    (those that touch the cell, preferred first) or `towns` (those that can win in it). All three decided make
    a *settled* cell; any other is a *border* cell.
    """

    area: int
    district: int
    town: int
    areas: tuple[int, ...] = ()
    towns: tuple[int, ...] = ()

    @property
    def is_settled(self) -> bool:
        """Whether every point of the cell has the same names."""
        return UNDECIDED not in (self.area, self.district, self.town)


class Hexagons(NamedTuple):
    """Cells drawn on the plane: corners with the row of their cell, middles, radii (km), scales."""

    corners: Floats
    of_cell: NDArray[np.intp]
    middles: Floats
    radii: Floats
    scales: Floats


def find_cells(points: Floats) -> list[int]:
    """The cell of each (lat, lon) in degrees."""
    return [h3.latlng_to_cell(lat, lon, RESOLUTION) for lat, lon in points.tolist()]


def draw_hexagons(cells: Sequence[int]) -> Hexagons:
    """The cells on the plane, each a little larger than it is."""
    outlines = [h3.cell_to_boundary(cell) for cell in cells]
    counts = [len(outline) for outline in outlines]
    of_cell = np.repeat(np.arange(len(cells)), counts)
    lat, lon = np.array([corner for outline in outlines for corner in outline]).T
    x, y, scale = project(lat, lon)
    starts = np.cumsum([0, *counts[:-1]])
    corners = np.stack((x, y), axis=1)
    middles = np.add.reduceat(corners, starts) / np.array(counts)[:, None]
    grown = middles[of_cell] + _GROWN * (corners - middles[of_cell])
    reach = np.hypot(*(grown - middles[of_cell]).T)
    return Hexagons(grown, of_cell, middles, np.maximum.reduceat(reach, starts), scale[starts])


class CellCache:
    """Most recently used cells, at most `size`. Not safe to use from several threads at once."""

    def __init__(self, resolve: Callable[[Sequence[int]], list[Cell]], size: int = CACHED) -> None:
        """`resolve` computes many cells at once."""
        self._resolve = resolve
        self._cells: LRUCache[int, Cell] = LRUCache(size)

    def read(self, cells: Sequence[int]) -> list[Cell]:
        """Return each cell, in order; those that are not cached are computed together."""
        cached = self._cells
        wanted = dict.fromkeys(cells)
        found = {cell: cached[cell] for cell in wanted if cell in cached}
        if len(found) < len(wanted):
            missing = [cell for cell in wanted if cell not in found]
            resolved = dict(zip(missing, self._resolve(missing), strict=True))
            cached.update(resolved)
            found |= resolved
        return [found[cell] for cell in cells]
