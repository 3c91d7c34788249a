"""Port of the store in which all processes keep their figures of latency and of public reads."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from tracking.receipts import Slot, SlotFigures


class ReceiptStore(Protocol):
    """Figures of each process by slot of time, kept as long as the slot's period needs them.

    Both methods raise `TransientError` when the store cannot be reached.
    """

    def keep(self, process_id: str, figures: Mapping[Slot, SlotFigures]) -> None:
        """Replace the figures of a process in these slots; repeating a call changes nothing."""
        ...

    def read(self, slots: Sequence[Slot]) -> list[list[SlotFigures]]:
        """Return for each slot the figures of all processes that have any."""
        ...


class MemoryReceipts:
    """`ReceiptStore` within one process."""

    def __init__(self) -> None:
        self._kept: dict[Slot, dict[str, SlotFigures]] = {}

    def keep(self, process_id: str, figures: Mapping[Slot, SlotFigures]) -> None:
        """Replace the figures of a process in these slots."""
        for slot, each in figures.items():
            self._kept.setdefault(slot, {})[process_id] = each

    def read(self, slots: Sequence[Slot]) -> list[list[SlotFigures]]:
        """Return for each slot the figures of all processes that have any."""
        return [list(self._kept.get(slot, {}).values()) for slot in slots]
