"""Names positions from the compiled file: no network, no disk after the start, microseconds a point."""

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
from workers.places.cells import NOBODY, find_cells
from workers.places.pincodes import PinCodes
from workers.places.plane import Floats
from workers.places.search import QUALITIES, Found, Search

log = structlog.get_logger()

# Beyond this box (degrees) no post office of India is within 50 km.
_SOUTH, _NORTH, _WEST, _EAST = 6.0, 38.0, 67.0, 98.5
SOURCE: Literal["offline"] = "offline"


class OfflinePlaces:
    """`Places` by the compiled file, read when it is first asked for; safe to use from many threads.

    Where the file is missing or broken, every place is of quality `none`, and `enrich_places_degraded`
    counts the points that went without.
    """

    def __init__(self, path: Path = COMPILED) -> None:
        """Take the file to read."""
        self._path = path
        self._pincodes = PinCodes(path)
        self._lock = threading.Lock()

    @property
    def dataset_version(self) -> str | None:
        """Which data answers; None when it cannot be read."""
        with self._lock:
            return self._names.atlas.version if self._names else None

    def locate(self, points: Sequence[tuple[float, float]] | Floats) -> list[Place]:
        """The place of each (lat, lon) in degrees, in order; what is not near India gets quality `none`."""
        asked = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        within = np.flatnonzero(_are_near_india(asked))
        with self._lock:
            names = self._names
            found = names.search.find(asked[within]) if names else None
        if names is None or found is None:
            metrics.emit(metrics.ENRICH_PLACES_DEGRADED, len(asked))
            return [Place(quality="none")] * len(asked)
        places = [names.nowhere] * len(asked)
        for row, place in zip(within.tolist(), names.name(found), strict=True):
            places[row] = place
        return places

    def find_settled(self, points: Sequence[tuple[float, float]] | Floats) -> list[int | None]:
        """The H3 cell of each point where all points of that cell have the same names, else None."""
        asked = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        within = np.flatnonzero(_are_near_india(asked))
        found: list[int | None] = [None] * len(asked)
        with self._lock:
            if self._names is None:
                return found
            cells = find_cells(asked[within])
            known = self._names.search.cells.read(cells)
        for row, cell, names in zip(within.tolist(), cells, known, strict=True):
            found[row] = cell if names.is_settled else None
        return found

    def locate_pincode(self, pincode: str) -> tuple[float, float] | None:
        """A point (lat, lon) in degrees in the midst of a PIN code, inside its area if it has one."""
        return self._pincodes.locate(pincode)

    @cached_property
    def _names(self) -> "_Names | None":
        try:
            return _Names(load_atlas(self._path))
        except Exception:  # A broken file fails in many ways, and none of them may cost an event.
            log.exception("enrich", outcome="no places", file=self._path.name)
            return None


def _are_near_india(points: Floats) -> NDArray[np.bool_]:
    lat, lon = points.T
    near: NDArray[np.bool_] = (lat >= _SOUTH) & (lat <= _NORTH) & (lon >= _WEST) & (lon <= _EAST)
    return near


class _Names:
    """An atlas, its search, and the words its rows stand for; the last of each list is for `NOBODY`."""

    def __init__(self, atlas: Atlas) -> None:
        self.atlas = atlas
        self.search = Search(atlas)
        self.nowhere = Place(quality="none", source=SOURCE, dataset_version=atlas.version)
        self._towns = [*atlas.towns.names, None]
        self._pincodes = [*map(str, atlas.pincodes.tolist()), None]
        self._districts = [*atlas.districts, (None, None)]

    def name(self, found: Found) -> list[Place]:
        """The places that the rows stand for, in order."""
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
            town_distance_km=None if town == NOBODY else town_km,
            source=SOURCE,
            dataset_version=self.atlas.version,
        )
