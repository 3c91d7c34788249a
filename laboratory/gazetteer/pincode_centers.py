"""Finds a central point of each PIN code, when the places file is compiled."""

import numpy as np
import shapely

from workers.places.atlas import Atlas
from workers.places.plane import Floats, unproject

NO_CENTER = (0.0, 0.0)
# Decimals of a distance in kilometres.
MILLIMETRES = 6


def find_pincode_centers(atlas: Atlas) -> Floats:
    """Return a point (lat, lon in degrees) per PIN code of the atlas; `NO_CENTER` without office and area."""
    return np.array([_find_center(atlas, code) for code in range(len(atlas.pincodes))])


def _find_center(atlas: Atlas, code: int) -> tuple[float, float]:
    """Return the office nearest to the median of the PIN code's offices, else a point inside its area.

    Offices come first, because large areas are mostly empty and parcels go where the offices are. Of offices
    that are equally near, the first one counts.
    """
    areas = atlas.areas.shapes[atlas.areas.pincode == code]
    offices = atlas.offices.points[atlas.offices.rows_of(code)]
    if areas.size:
        offices = offices[shapely.intersects_xy(areas[0], offices[:, 0], offices[:, 1])]
    if len(offices):
        steps = offices - np.median(offices, axis=0)
        distances = np.hypot(steps[:, 0], steps[:, 1])
        # Of two offices the median is half-way: without rounding, the processor's last bit would choose one.
        return unproject(*offices[distances.round(MILLIMETRES).argmin()])
    if areas.size:
        inner = shapely.point_on_surface(areas[0])
        return unproject(inner.x, inner.y)
    return NO_CENTER
