"""Offline places index: names positions from the compiled file, within microseconds, without a network."""

import threading
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np
import structlog
from numpy.typing import NDArray

from tracking import metrics
from tracking.domain.events import Place
from workers.places.atlas import COMPILED, Atlas, load_atlas
from workers.places.cells import NO_ROW, find_cells
from workers.places.pincodes import PinCodes
from workers.places.plane import Floats
from workers.places.search import QUALITIES, Found, Search

log = structlog.get_logger()

# Outside this box (degrees) no post office of India is within 50 km.
_SOUTH, _NORTH, _WEST, _EAST = 6.0, 38.0, 67.0, 98.5
SOURCE: Literal["offline"] = "offline"


class OfflinePlaces:
    """`Places` from the compiled file, which is read at first use. Safe to use from many threads.

    If the file is missing or broken, every place has quality `none`, and the metric `enrich_places_degraded`
    counts the points.
    """

    def __init__(self, path: Path = COMPILED) -> None:
        """`path` is the compiled file."""
        self._path = path
        self._pincodes = PinCodes(path)
        self._lock = threading.Lock()

    @property
    def dataset_version(self) -> str | None:
        """Version of the data set; None if it cannot be read."""
        with self._lock:
            return self._names.atlas.version if self._names else None

    def locate(self, points: Sequence[tuple[float, float]] | Floats) -> list[Place]:
        """Return the place of each (lat, lon) in degrees; quality `none` for points far from India."""
        coordinates = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        within = np.flatnonzero(_are_near_india(coordinates))
        with self._lock:
            names = self._names
            found = names.search.find(coordinates[within]) if names else None
        if names is None or found is None:
            metrics.emit(metrics.ENRICH_PLACES_DEGRADED, len(coordinates))
            return [Place(quality="none")] * len(coordinates)
        places = [names.nowhere] * len(coordinates)
        for row, place in zip(within.tolist(), names.name(found), strict=True):
            places[row] = place
        return places

    def find_settled(self, points: Sequence[tuple[float, float]] | Floats) -> list[int | None]:
        """Return the H3 cell of each point if all points of the cell have the same names, else None."""
        coordinates = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        within = np.flatnonzero(_are_near_india(coordinates))
        found: list[int | None] = [None] * len(coordinates)
        with self._lock:
            if self._names is None:
                return found
            cells = find_cells(coordinates[within])
            cell_names = self._names.search.cells.read(cells)
        for row, cell, names in zip(within.tolist(), cells, cell_names, strict=True):
            found[row] = cell if names.is_settled else None
        return found

    def locate_pincode(self, pincode: str) -> tuple[float, float] | None:
        """Return a point (lat, lon in degrees) in the area of a PIN code or among its offices, or None."""
        return self._pincodes.locate(pincode)

    @cached_property
    def _names(self) -> "_Names | None":
        try:
            return _Names(load_atlas(self._path))
        except Exception:  # A broken file can raise many errors; none of them may cost an event.
            log.exception("enrich", outcome="no places", file=self._path.name)
            return None


def _are_near_india(points: Floats) -> NDArray[np.bool_]:
    lat, lon = points.T
    near: NDArray[np.bool_] = (lat >= _SOUTH) & (lat <= _NORTH) & (lon >= _WEST) & (lon <= _EAST)
    return near


class _Names:
    """Atlas with its search and the names of its rows; the last name of each list is that of `NO_ROW`."""

    def __init__(self, atlas: Atlas) -> None:
        self.atlas = atlas
        self.search = Search(atlas)
        self.nowhere = Place(quality="none", source=SOURCE, dataset_version=atlas.version)
        self._towns = [*atlas.towns.names, None]
        self._pincodes = [*map(str, atlas.pincodes.tolist()), None]
        self._districts = [*atlas.districts, (None, None)]

    def name(self, found: Found) -> list[Place]:
        """Return the places of the rows found, in order."""
        columns = found._replace(distance_km=found.distance_km.round(2), town_km=found.town_km.round(1))
        return [self._name(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]

    def _name(
        self, pincode: int, district: int, quality: int, distance_km: float, town: int, town_km: float
    ) -> Place:
        district_name, state = self._districts[district]
        return Place(
            town=self._towns[town],
            district=district_name,
            state=state,
            pincode=self._pincodes[pincode],
            quality=QUALITIES[quality],
            distance_km=distance_km if state else None,
            town_distance_km=None if town == NO_ROW else town_km,
            source=SOURCE,
            dataset_version=self.atlas.version,
        )
