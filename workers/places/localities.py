"""Localities of towns: post offices that deliver, by name, in little memory."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import numpy as np
import structlog
from numpy.typing import NDArray

from tracking.map_ports import Locality, Point

COMPILED = Path(__file__).with_name("localities.npz")
# Unit of the stored coordinates, in degrees.
GRID = 1e-5
KM_A_DEGREE = 111.2
log = structlog.get_logger()


class _Table(NamedTuple):
    """Rows of the file, the main offices first; degrees."""

    names: list[str]
    points: NDArray[np.float64]
    ranks: list[int]


class Localities:
    """Localities of India, read at first use. Safe to use from many threads.

    If the file is missing or broken, there is none.
    """

    def __init__(self, path: Path = COMPILED) -> None:
        """`path` is the compiled file."""
        self._path = path

    def find_near(self, points: Sequence[Point], within_km: float) -> list[Locality]:
        """Return the localities within so many km of any of these points (lat, lon in degrees), by rank."""
        names, places, ranks = self._table
        is_near = np.zeros(len(names), dtype=bool)
        for lat, lon in points:
            north = (places[:, 0] - lat) * KM_A_DEGREE
            east = (places[:, 1] - lon) * KM_A_DEGREE * np.cos(np.radians(lat))
            is_near |= np.hypot(north, east) <= within_km
        rows = np.flatnonzero(is_near).tolist()
        return [
            Locality(names[row], float(places[row, 0]), float(places[row, 1]), ranks[row]) for row in rows
        ]

    @cached_property
    def _table(self) -> _Table:
        try:
            with np.load(self._path, allow_pickle=False) as tables:
                points = np.stack([tables["lat_e5"], tables["lon_e5"]], axis=1) * GRID
                return _Table(tables["names"].tolist(), points.round(5), tables["rank"].tolist())
        except Exception:  # A broken file can raise many errors; none of them may cost a page.
            log.exception("enrich", outcome="no localities", file=self._path.name)
            return _Table([], np.empty((0, 2)), [])
