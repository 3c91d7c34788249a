"""What is already known about a cell of about half a kilometre, so that a point in it needs no search."""

from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import NamedTuple

import h3.api.basic_int as h3
import numpy as np
from numpy.typing import NDArray

from workers.places.plane import Floats, project

RESOLUTION = 8
REMEMBERED = 200_000
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
    """The cells asked for most recently, at most 200,000; not safe to use from several threads at once."""

    def __init__(self, resolve: Callable[[Sequence[int]], list[Cell]], size: int = REMEMBERED) -> None:
        """Take what works cells out, many at once, and how many to remember."""
        self._resolve = resolve
        self._size = size
        self._known: OrderedDict[int, Cell] = OrderedDict()
        self.missed = 0

    def __len__(self) -> int:
        return len(self._known)

    def read(self, cells: Sequence[int]) -> list[Cell]:
        """What is known of each cell, in order; those that are new are worked out together."""
        known = self._known
        new = [cell for cell in dict.fromkeys(cells) if cell not in known]
        if new:
            self.missed += len(new)
            known.update(zip(new, self._resolve(new), strict=True))
        found = [known[cell] for cell in cells]
        for cell in cells:
            known.move_to_end(cell)
        while len(known) > self._size:
            known.popitem(last=False)
        return found
