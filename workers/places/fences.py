"""Index of geofences by map cell: each fence is listed in every cell it touches."""

import math
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

import h3.api.basic_int as h3
import structlog

from tracking.domain.calendars import DeliveryCalendar
from tracking.domain.errors import SwiftLogixError
from tracking.domain.geofence import OUTSIDE_RADII, Geofence
from workers.places.cells import RESOLUTION

log = structlog.get_logger()

REFRESHED_EVERY_S = 60.0
# Smallest distance (km) between opposite sides of a hexagon of this resolution.
_NARROWEST_KM = 0.6

Cells = dict[int, tuple[Geofence, ...]]


class GeofenceIndex:
    """`Geofences` by cell, read again every minute. Safe to use from many threads.

    If they cannot be read, the fences read before are used.
    """

    def __init__(
        self, read: Callable[[], Iterable[Geofence]], clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`read` returns all fences; `clock` returns seconds."""
        self._read = read
        self._clock = clock
        self._lock = threading.Lock()
        self._cells: Cells = {}
        self._by_id: dict[str, Geofence] = {}
        self._read_at: float | None = None

    def find_near(self, lat: float, lon: float) -> Sequence[Geofence]:
        """Return the fences that a point (degrees) may be in, or just outside of."""
        self._refresh()
        return self._cells.get(h3.latlng_to_cell(lat, lon, RESOLUTION), ())

    def find(self, fence_id: str) -> Geofence | None:
        """Return the fence with this id, or None."""
        self._refresh()
        return self._by_id.get(fence_id)

    def find_calendar(self, hub_id: str) -> DeliveryCalendar | None:
        """Return the delivery hours of a hub, None for one that is unknown."""
        hub = self.find(hub_id)
        return None if hub is None else hub.calendar

    def _refresh(self) -> None:
        now = self._clock()
        if self._read_at is not None and now - self._read_at < REFRESHED_EVERY_S:
            return
        with self._lock:
            if self._read_at is not None and now - self._read_at < REFRESHED_EVERY_S:
                return
            self._read_at = now
            try:
                fences = list(self._read())
            except SwiftLogixError as error:
                log.warning("enrich", outcome="old fences", error=str(error))
                return
            self._cells = list_by_cell(fences)
            self._by_id = {fence.fence_id: fence for fence in fences}


def list_by_cell(fences: Iterable[Geofence]) -> Cells:
    """Return for each cell the fences that touch it, with the belt around them."""
    cells: defaultdict[int, list[Geofence]] = defaultdict(list)
    for fence in fences:
        rings = math.ceil(fence.radius_m * OUTSIDE_RADII / 1000 / _NARROWEST_KM)
        for cell in h3.grid_disk(h3.latlng_to_cell(fence.lat, fence.lon, RESOLUTION), rings):
            cells[cell].append(fence)
    return {cell: tuple(listed) for cell, listed in cells.items()}
