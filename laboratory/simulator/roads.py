"""Roads between real points: slightly curved lines, so that movement looks like driving."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from laboratory.simulator.chance import open_chance
from laboratory.simulator.world import Point

Floats = npt.NDArray[np.float64]

KM_A_DEGREE = 111.2
# A curve deviates from the straight line by at most this share of its length, and at most so many km.
BEND_SHARE = 0.06
BEND_MAX_KM = 0.35
PIECE_KM = 0.25


class Places(NamedTuple):
    """Points on a road: degrees, and the driving direction in degrees clockwise from north."""

    lat: Floats
    lon: Floats
    heading: Floats


class Road:
    """Line of points (degrees) with positions by distance from its start."""

    def __init__(self, points: Sequence[Point] | Floats) -> None:
        self._points = np.asarray(points, dtype=float)
        steps = np.diff(self._points, axis=0)
        shrink = np.cos(np.radians((self._points[1:, 0] + self._points[:-1, 0]) / 2))
        east, north = steps[:, 1] * shrink, steps[:, 0]
        self._headings = np.degrees(np.arctan2(east, north)) % 360
        self._marks = np.concatenate([[0.0], np.cumsum(np.hypot(north, east)) * KM_A_DEGREE])

    @property
    def length_km(self) -> float:
        """Return the road's length in km."""
        return float(self._marks[-1])

    @property
    def end(self) -> Point:
        """Return the road's last point."""
        return float(self._points[-1, 0]), float(self._points[-1, 1])

    def at(self, kms: Floats) -> Places:
        """Return the places at these distances in km, limited to the road's ends."""
        lat = np.interp(kms, self._marks, self._points[:, 0])
        lon = np.interp(kms, self._marks, self._points[:, 1])
        pieces = np.searchsorted(self._marks, kms, side="right") - 1
        return Places(lat, lon, self._headings[np.clip(pieces, 0, len(self._headings) - 1)])

    def point_at(self, km: float) -> Point:
        """Return the point at a distance in km."""
        place = self.at(np.array([km]))
        return float(place.lat[0]), float(place.lon[0])

    def find_entry(self, centre: Point, radius_km: float) -> float:
        """Return the km at which the road last enters the circle around `centre`; 0 if it lies inside."""
        shrink = math.cos(math.radians(centre[0]))
        off = np.hypot(self._points[:, 0] - centre[0], (self._points[:, 1] - centre[1]) * shrink)
        outside = np.flatnonzero(off * KM_A_DEGREE > radius_km)
        if not len(outside):
            return 0.0
        last = int(outside[-1])
        if last + 1 >= len(self._points):
            return self.length_km
        out, inside = off[last] * KM_A_DEGREE, off[last + 1] * KM_A_DEGREE
        share = (out - radius_km) / (out - inside)
        return float(self._marks[last] + share * (self._marks[last + 1] - self._marks[last]))


def distance_km(a: Point, b: Point) -> float:
    """Return the distance of two points (degrees) in km; planar, accurate to 0.1 % over 100 km."""
    shrink = math.cos(math.radians((a[0] + b[0]) / 2))
    return math.hypot(a[0] - b[0], (a[1] - b[1]) * shrink) * KM_A_DEGREE


def bearing(a: Point, b: Point) -> float:
    """Return the direction from a to b in degrees clockwise from north, 0 to 360."""
    shrink = math.cos(math.radians(a[0]))
    return math.degrees(math.atan2((b[1] - a[1]) * shrink, b[0] - a[0])) % 360


def shift(point: Point, north_km: float, east_km: float) -> Point:
    """Return the point moved by so many km."""
    lat = point[0] + north_km / KM_A_DEGREE
    return lat, point[1] + east_km / (KM_A_DEGREE * math.cos(math.radians(point[0])))


def build_highway(points: Sequence[Point]) -> Road:
    """Build a curved road through the points; the same points always give the same road."""
    pieces = [_bend(a, b) for a, b in pairwise(points) if a != b]
    return Road(np.concatenate([np.array([points[0]]), *pieces]))


def build_street(a: Point, b: Point) -> Road:
    """Build a road through a grid of streets with two turns; the same ends always give the same road."""
    # A share that depends only on the two ends, in either direction.
    share = 0.2 + 0.6 * ((a[0] + b[0] + a[1] + b[1]) * 1e4 % 1.0)
    turn_lon = a[1] + (b[1] - a[1]) * share
    return Road([a, (a[0], turn_lon), (b[0], turn_lon), b])


def _bend(a: Point, b: Point) -> Floats:
    """Return points from a (excluded) to b on a slightly curved line."""
    length = distance_km(a, b)
    chance = open_chance(0, "bend", min(a, b), max(a, b))
    width = min(length * BEND_SHARE, BEND_MAX_KM)
    # In the opposite direction the road must curve to the same side of the map.
    side = math.radians(bearing(min(a, b), max(a, b)) + 90)
    shares = np.arange(1, max(4, int(length / PIECE_KM)) + 1) / max(4, int(length / PIECE_KM))
    along = shares if a <= b else 1 - shares
    waves = [
        chance.uniform(-width, width) / number * np.sin(math.pi * number * along) for number in (1, 2, 3)
    ]
    off = np.sum(waves, axis=0)
    lat = a[0] + (b[0] - a[0]) * shares + off * math.cos(side) / KM_A_DEGREE
    lon_km = off * math.sin(side) / (KM_A_DEGREE * np.cos(np.radians(lat)))
    line = np.column_stack([lat, a[1] + (b[1] - a[1]) * shares + lon_km])
    line[-1] = b
    return line
