"""The states a process has seen last: spares most reads; what has grown old costs one failed condition."""

import threading
from collections import OrderedDict
from collections.abc import Iterable

from tracking.domain.shipment import ShipmentState

STATES_A_PROCESS = 20_000


class StateCache:
    """The newest known state of the shipments used last, at most `size` of them; safe for many threads.

    An entry may be older than the store's: the write on it is then refused and told the current state, which
    takes its place here.
    """

    def __init__(self, size: int = STATES_A_PROCESS) -> None:
        self._size = size
        self._states: OrderedDict[str, ShipmentState] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, shipment_ids: Iterable[str]) -> dict[str, ShipmentState]:
        """Those of these shipments that are known."""
        with self._lock:
            found = {key: self._states[key] for key in shipment_ids if key in self._states}
            for key in found:
                self._states.move_to_end(key)
        return found

    def keep(self, states: Iterable[ShipmentState]) -> None:
        """Remember these states, unless a newer version is known; forget what was not used for longest."""
        with self._lock:
            for state in states:
                known = self._states.get(state.shipment_id)
                if known is None or known.state_version <= state.state_version:
                    self._states[state.shipment_id] = state
                    self._states.move_to_end(state.shipment_id)
            while len(self._states) > self._size:
                self._states.popitem(last=False)

    def forget(self, shipment_id: str) -> None:
        """Know nothing of the shipment any more."""
        with self._lock:
            self._states.pop(shipment_id, None)
