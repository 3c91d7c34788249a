"""A plane to measure on: Lambert's conformal map of India, in kilometres, true to about 1.5 %."""

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]

EARTH_KM = 6371.0088
# Between these parallels lies India; on both of them the map is true.
_SOUTH, _NORTH = np.radians(12.0), np.radians(32.0)
_MIDDLE_LAT, _MIDDLE_LON = np.radians(22.0), np.radians(82.5)


def _open(phi: Any) -> Any:
    """How far a parallel (radians) lies from the pole, as Lambert unrolls the cone."""
    return np.tan(np.pi / 4 + phi / 2)


_CONE = np.log(np.cos(_SOUTH) / np.cos(_NORTH)) / np.log(_open(_NORTH) / _open(_SOUTH))
_SIZE = EARTH_KM * np.cos(_SOUTH) * _open(_SOUTH) ** _CONE / _CONE
_CENTRE = _SIZE / _open(_MIDDLE_LAT) ** _CONE


def project(lat: Floats, lon: Floats) -> tuple[Floats, Floats, Floats]:
    """Degrees as (x, y) in kilometres on the plane, and how many of those make one real kilometre there.

    A straight distance on the plane, divided by that scale, is the distance on the ground; over 50 km the
    error is below 0.2 %. Any shape, the same for all; latitudes from -89 to 89.
    """
    phi = np.radians(lat)
    radius = _SIZE / _open(phi) ** _CONE
    angle = _CONE * (np.radians(lon) - _MIDDLE_LON)
    scale = _CONE * radius / (EARTH_KM * np.cos(phi))
    return radius * np.sin(angle), _CENTRE - radius * np.cos(angle), scale


def project_shapes(shapes: NDArray[Any]) -> NDArray[Any]:
    """Shapes in degrees, longitude first, as the same shapes on the plane."""

    def move(corners: Floats) -> Floats:
        x, y, _ = project(corners[:, 1], corners[:, 0])
        return np.stack((x, y), axis=1)

    moved: NDArray[Any] = shapely.transform(shapes, move)
    return moved


def unproject(x: float, y: float) -> tuple[float, float]:
    """The (lat, lon) in degrees of a point of the plane (kilometres)."""
    radius = np.hypot(x, _CENTRE - y)
    angle = np.arctan2(x, _CENTRE - y)
    phi = 2 * np.arctan((_SIZE / radius) ** (1 / _CONE)) - np.pi / 2
    return float(np.degrees(phi)), float(np.degrees(_MIDDLE_LON + angle / _CONE))
