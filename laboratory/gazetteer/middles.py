"""A point in the midst of each PIN code: worked out once, when the file is compiled."""

import numpy as np
import shapely

from workers.places.atlas import Atlas
from workers.places.plane import Floats, unproject

NOWHERE = (0.0, 0.0)


def find_middles(atlas: Atlas) -> Floats:
    """Per PIN code of the atlas a point (lat, lon in degrees), `NOWHERE` for one without office and area."""
    return np.array([_find_middle(atlas, code) for code in range(len(atlas.pincodes))])


def _find_middle(atlas: Atlas, code: int) -> tuple[float, float]:
    """The office amid its offices, else a point inside its area.

    Large areas are empty but for a corner, and parcels go where the offices are.
    """
    areas = atlas.areas.shapes[atlas.areas.pincode == code]
    offices = atlas.offices.points[atlas.offices.rows_of(code)]
    if areas.size:
        offices = offices[shapely.intersects_xy(areas[0], offices[:, 0], offices[:, 1])]
    if len(offices):
        steps = offices - np.median(offices, axis=0)
        return unproject(*offices[np.hypot(steps[:, 0], steps[:, 1]).argmin()])
    if areas.size:
        inner = shapely.point_on_surface(areas[0])
        return unproject(inner.x, inner.y)
    return NOWHERE
