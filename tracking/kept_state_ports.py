"""Port of the states that all processes share beside the store."""

from collections.abc import Callable
from typing import Protocol

from tracking.domain.shipment import ShipmentState

ReadStore = Callable[[str], ShipmentState | None]


class KeptStates(Protocol):
    """Newest states of shipments that were read in the last minute, in a memory that all processes share."""

    def read(self, shipment_id: str, read_store: ReadStore) -> ShipmentState | None:
        """Return the newest state that was pushed; without one, what `read_store` returns.

        A state from the store is kept for other readers, if it is not older than a pushed one. Raises what
        `read_store` raises and nothing else: without the memory every read goes to the store.
        """
        ...


class NoKeptStates:
    """`KeptStates` of a process that shares no memory: every read goes to the store."""

    def read(self, shipment_id: str, read_store: ReadStore) -> ShipmentState | None:
        """Return what `read_store` returns."""
        return read_store(shipment_id)
