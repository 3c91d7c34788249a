"""Cache of shipment states in one process: it saves most reads of the store."""

import threading
from collections.abc import Iterable

import msgspec

from tracking.adapters.items import unpack_state
from tracking.domain.shipment import ShipmentState
from tracking.recent_entries import RecentEntries

STATES_PER_PROCESS = 20_000


class CachedState(msgspec.Struct, frozen=True, gc=False):
    """State of a shipment as its row holds it: compressed, with its version beside it."""

    shipment_id: str
    version: int
    packed: bytes


class StateCache:
    """States that this process wrote, those used last, at most `size`. Safe to use from many threads.

    An entry may be older than the state in the store. A write based on it is then refused by its condition.
    States are kept compressed (docs/decisions/0194-cached-states-are-compressed.md).
    """

    def __init__(self, size: int = STATES_PER_PROCESS) -> None:
        self._states: RecentEntries[str, CachedState] = RecentEntries(size)
        self._lock = threading.Lock()

    def find(self, shipment_ids: Iterable[str]) -> dict[str, ShipmentState]:
        """Return the cached states of these shipments, by shipment id."""
        find = self._states.find
        with self._lock:
            found = {key: cached for key in shipment_ids if (cached := find(key)) is not None}
        return {key: unpack_state(cached.packed) for key, cached in found.items()}

    def keep(self, states: Iterable[CachedState]) -> None:
        """Cache these states, except where a newer version of the same shipment is cached."""
        with self._lock:
            for state in states:
                cached = self._states.find(state.shipment_id)
                if cached is None or cached.version <= state.version:
                    self._states.add(state.shipment_id, state)

    def forget(self, shipment_id: str) -> None:
        """Remove a shipment from the cache."""
        with self._lock:
            self._states.remove(shipment_id)
