"""Roads between real points: straight lines bent a little, so that movement looks like driving."""

import math
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple

from swiftlogix.simulator.chance import open_chance
from swiftlogix.simulator.world import Point

KM_A_DEGREE = 111.2
# A bend leaves the straight line by at most this share of its length, and by at most so many km.
BEND_SHARE = 0.06
BEND_MAX_KM = 0.35
PIECE_KM = 0.25


class Fix(NamedTuple):
    """Where a vehicle is and how it moves: degrees, km/h, degrees clockwise from north."""

    lat: float
    lon: float
    speed_kmh: float = 0.0
    heading: float = 0.0


class Road:
    """A line of points that can be asked for the place after so many kilometres."""

    def __init__(self, points: Sequence[Point]) -> None:
        self._points = list(points)
        self._marks = [0.0, *accumulate(distance_km(a, b) for a, b in pairwise(points))]

    @property
    def length_km(self) -> float:
        """The road's length in km."""
        return self._marks[-1]

    def at(self, km: float, speed_kmh: float = 0.0) -> Fix:
        """The place after `km`, with the direction of driving there; both ends are not passed."""
        km = min(max(km, 0.0), self.length_km)
        index = min(bisect_right(self._marks, km), len(self._points) - 1) - 1
        a, b = self._points[index], self._points[index + 1]
        share = (km - self._marks[index]) / ((self._marks[index + 1] - self._marks[index]) or 1.0)
        lat, lon = a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share
        return Fix(lat, lon, speed_kmh, bearing(a, b))


def distance_km(a: Point, b: Point) -> float:
    """The distance of two points (degrees) in km; flat, good to 0.1 % over 100 km."""
    shrink = math.cos(math.radians((a[0] + b[0]) / 2))
    return math.hypot(a[0] - b[0], (a[1] - b[1]) * shrink) * KM_A_DEGREE


def bearing(a: Point, b: Point) -> float:
    """The direction from a to b in degrees clockwise from north, 0 to 360."""
    shrink = math.cos(math.radians(a[0]))
    return math.degrees(math.atan2((b[1] - a[1]) * shrink, b[0] - a[0])) % 360


def shift(point: Point, north_km: float, east_km: float) -> Point:
    """The point moved by so many km."""
    lat = point[0] + north_km / KM_A_DEGREE
    return lat, point[1] + east_km / (KM_A_DEGREE * math.cos(math.radians(point[0])))


def build_highway(points: Sequence[Point]) -> Road:
    """A road through the points, bent between them; the same points always give the same road."""
    line = [points[0]]
    for a, b in pairwise(points):
        line += _bend(a, b)
    return Road(line)


def build_street(a: Point, b: Point) -> Road:
    """A way through a grid of streets: along, across, along; the same ends always give the same way."""
    share = open_chance(a, b).uniform(0.2, 0.8)
    turn_lon = a[1] + (b[1] - a[1]) * share
    return Road([a, (a[0], turn_lon), (b[0], turn_lon), b])


def _bend(a: Point, b: Point) -> list[Point]:
    """Points from a (left out) to b on a slight double curve."""
    length = distance_km(a, b)
    rng = open_chance(min(a, b), max(a, b))
    width = min(length * BEND_SHARE, BEND_MAX_KM)
    waves = [(number, rng.uniform(-width, width) / number) for number in (1, 2, 3)]
    # Driven the other way, the same road must bend to the same side of the map.
    side = math.radians(bearing(min(a, b), max(a, b)) + 90)
    pieces = max(4, int(length / PIECE_KM))
    line = []
    for piece in range(1, pieces):
        share = piece / pieces
        along = share if a <= b else 1 - share
        off = sum(size * math.sin(math.pi * number * along) for number, size in waves)
        straight = a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share
        line.append(shift(straight, off * math.cos(side), off * math.sin(side)))
    return [*line, b]
