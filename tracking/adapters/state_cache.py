"""Cache of shipment states in one process: it saves most reads of the store."""

import threading
from collections import OrderedDict
from collections.abc import Iterable

import msgspec

from tracking.adapters.items import Item, unpack_state
from tracking.domain.shipment import ShipmentState

STATES_PER_PROCESS = 20_000


class CachedState(msgspec.Struct, frozen=True, gc=False):
    """State of a shipment as its row holds it: compressed, with its version beside it."""

    shipment_id: str
    version: int
    packed: bytes


def read_cached(item: Item) -> CachedState | None:
    """Return what a row is cached as; None of a row from before states were compressed."""
    packed = item["state"].get("B")
    if packed is None:
        return None
    return CachedState(item["shipment_id"]["S"], int(item["state_version"]["N"]), packed)


class StateCache:
    """Newest known states of the shipments used last, at most `size`. Safe to use from many threads.

    An entry may be older than the state in the store. A write based on it is then refused by its condition.
    States are kept compressed (docs/decisions/0194-cached-states-are-compressed.md).
    """

    def __init__(self, size: int = STATES_PER_PROCESS) -> None:
        # Not a cache of `cachetools`: its lookups and entries took 6 us of an event, in Python.
        self._states: OrderedDict[str, CachedState] = OrderedDict()
        self._size = size
        self._lock = threading.Lock()

    def find(self, shipment_ids: Iterable[str]) -> dict[str, ShipmentState]:
        """Return the cached states of these shipments, by shipment id."""
        states = self._states
        with self._lock:
            found = {key: states[key] for key in shipment_ids if key in states}
            for key in found:
                states.move_to_end(key)
        return {key: unpack_state(kept.packed) for key, kept in found.items()}

    def keep(self, states: Iterable[CachedState]) -> None:
        """Cache these states, except where a newer version of the same shipment is cached."""
        with self._lock:
            for state in states:
                cached = self._states.get(state.shipment_id)
                if cached is None or cached.version <= state.version:
                    self._states[state.shipment_id] = state
                if cached is not None:
                    self._states.move_to_end(state.shipment_id)
                elif len(self._states) > self._size:
                    self._states.popitem(last=False)

    def forget(self, shipment_id: str) -> None:
        """Remove a shipment from the cache."""
        with self._lock:
            self._states.pop(shipment_id, None)
