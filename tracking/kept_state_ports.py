"""Port of the states that all processes share beside the store."""

from collections.abc import Sequence
from typing import Protocol

from tracking.domain.shipment import ShipmentState


class KeptStates(Protocol):
    """Newest states of shipments that were read in the last minute, in a memory that all processes share."""

    def find(self, shipment_ids: Sequence[str]) -> dict[str, ShipmentState] | None:
        """Return the newest states that were pushed or read, by shipment id; None without the memory.

        The others are marked as asked for: a state that the caller reads from the store afterwards may be
        given to `keep`. Never raises.
        """
        ...

    def keep(self, states: Sequence[ShipmentState]) -> None:
        """Keep states from the store for other readers, each unless a newer one was pushed. Never raises.

        `find` must have marked them before they were read: only then the line keeps each newer version, so
        that these cannot hide one.
        """
        ...


class NoKeptStates:
    """`KeptStates` of a process that shares no memory: every read goes to the store."""

    def find(self, shipment_ids: Sequence[str]) -> dict[str, ShipmentState] | None:  # noqa: ARG002 - the port's
        """Return None."""
        return None

    def keep(self, states: Sequence[ShipmentState]) -> None:
        """Keep nothing."""
