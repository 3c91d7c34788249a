"""Names a position by its nearest town: no network, no file after the start, a few microseconds a point."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import floor

from tracking.domain.eta import distance_km
from tracking.domain.events import Place
from workers.places.towns import Town, read_towns

# Farther than this, the nearest town says nothing about a place.
REACH_KM = 60.0
# Cells of a degree: 60 km are 0.54 degrees of latitude, and less than one of longitude up to 56 degrees north.
_NEIGHBOURS = (-1, 0, 1)
# Positions are rounded to 0.01 degree (1.1 km) first, so that an answer never hangs on what was asked before.
_DECIMALS = 2
REMEMBERED = 50_000
PIN_DIGITS = 6
_SHORTEST_PREFIX = 3

_NOWHERE = Place()


class NearestTown:
    """`Places` by a table of towns; safe to use from many threads."""

    def __init__(self, towns: Sequence[Town] | None = None) -> None:
        """Take the towns to name places by; those of `towns.csv` unless given."""
        table = read_towns() if towns is None else towns
        self._cells: dict[tuple[int, int], list[Town]] = defaultdict(list)
        for town in table:
            self._cells[floor(town.lat), floor(town.lon)].append(town)
        self._by_code = {code: (town.lat, town.lon) for town in table for code in town.pin_codes}
        self._find = lru_cache(REMEMBERED)(self._find_nearest)

    def locate(self, points: Sequence[tuple[float, float]]) -> list[Place]:
        """The nearest town of each (lat, lon) in degrees, with its state and the distance in whole km.

        A point with no town within 60 km, or no point at all, gets an empty place.
        """
        return [self._locate(lat, lon) for lat, lon in points]

    def locate_pincode(self, pincode: str) -> tuple[float, float] | None:
        """The point (lat, lon) of the town that stands for the code: by all its digits, else by its first ones."""
        if len(pincode) != PIN_DIGITS or not pincode.isdecimal():
            return None
        prefixes = (pincode[:digits] for digits in range(PIN_DIGITS, _SHORTEST_PREFIX - 1, -1))
        return next((self._by_code[prefix] for prefix in prefixes if prefix in self._by_code), None)

    def _locate(self, lat: float, lon: float) -> Place:
        if not (-90 <= lat <= 90 and -180 <= lon <= 180):
            return _NOWHERE
        return self._find(round(lat, _DECIMALS), round(lon, _DECIMALS))

    def _find_nearest(self, lat: float, lon: float) -> Place:
        near = ((distance_km(lat, lon, town.lat, town.lon), town) for town in self._towns_around(lat, lon))
        distance, town = min(near, default=(REACH_KM + 1, None))
        if town is None or distance > REACH_KM:
            return _NOWHERE
        return Place(town=town.name, state=town.state, distance_km=float(round(distance)))

    def _towns_around(self, lat: float, lon: float) -> Iterator[Town]:
        row, column = floor(lat), floor(lon)
        for down in _NEIGHBOURS:
            for right in _NEIGHBOURS:
                yield from self._cells.get((row + down, column + right), ())
