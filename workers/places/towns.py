"""Positions of towns by name, in little memory: for processes that need no place names."""

from collections import defaultdict
from functools import cached_property
from pathlib import Path

import numpy as np
import structlog

from workers.places.atlas import COMPILED

log = structlog.get_logger()
# Unit of the stored coordinates, in degrees.
GRID = 1e-5
Point = tuple[float, float]


class Towns:
    """Positions of the towns of India, read at first use. Safe to use from many threads.

    If the file is missing or broken, no town has a position.
    """

    def __init__(self, path: Path = COMPILED) -> None:
        """`path` is the compiled file."""
        self._path = path

    def locate(self, name: str, near: Point) -> Point | None:
        """Return the point (lat, lon in degrees) of the town of this name nearest to `near`, or None."""
        found = self._points.get(name.casefold(), ())
        return min(found, key=lambda point: abs(point[0] - near[0]) + abs(point[1] - near[1]), default=None)

    @cached_property
    def _points(self) -> dict[str, list[Point]]:
        points: dict[str, list[Point]] = defaultdict(list)
        try:
            with np.load(self._path, allow_pickle=False) as tables:
                lats, lons = (tables[name] * GRID for name in ("town_lat_e5", "town_lon_e5"))
                rows = zip(tables["town_names"].tolist(), lats.tolist(), lons.tolist(), strict=True)
                for name, lat, lon in rows:
                    points[name.casefold()].append((lat, lon))
        except Exception:  # A broken file can raise many errors; none of them may cost a page.
            log.exception("enrich", outcome="no towns", file=self._path.name)
        return points
