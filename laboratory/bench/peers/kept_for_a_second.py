"""States that a web peer keeps in memory for a second."""

import threading
import time
from collections.abc import Callable

from cachetools import TTLCache

from tracking.domain.shipment import ShipmentState

KEPT_FOR_S = 1.0
STATES = 10_000


class KeptForASecond:
    """States by shipment id, for `KEPT_FOR_S`. Safe for many threads; `clock` is in seconds.

    The cache is not by itself: two threads that remove what has expired raise `KeyError`.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._kept: TTLCache[str, ShipmentState] = TTLCache(STATES, KEPT_FOR_S, clock)
        self._lock = threading.Lock()

    def find(self, shipment_id: str) -> ShipmentState | None:
        """Return the state of a shipment, None if none is kept."""
        with self._lock:
            return self._kept.get(shipment_id)

    def keep(self, state: ShipmentState) -> None:
        """Keep a state."""
        with self._lock:
            self._kept[state.shipment_id] = state
