"""Port of the store that keeps samples of the console's key figures for eight days."""

from collections.abc import Mapping, Sequence
from typing import Protocol

# One sample for each five minutes since 1970: the number of such a slot names a sample.
SLOT_S = 300
# Slots of eight days; an older sample is replaced or lost.
KEPT_SLOTS = 8 * 86400 // SLOT_S

# Key figures by name; None is a figure that was not known.
Figures = Mapping[str, int | float | None]


class FigureSamples(Protocol):
    """Samples of key figures by slot, at most one for each of the last `KEPT_SLOTS` slots.

    Both methods raise `TransientError` when the store cannot be reached.
    """

    def keep(self, slot: int, figures: Figures) -> None:
        """Keep the sample of a slot; a second one of the same slot replaces it."""
        ...

    def read(self, slots: Sequence[int]) -> dict[int, Figures]:
        """Return the samples of those of the slots that have one."""
        ...


class MemoryFigureSamples:
    """`FigureSamples` within one process."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[int, Figures]] = {}

    def keep(self, slot: int, figures: Figures) -> None:
        """Keep the sample of a slot."""
        self._kept[slot % KEPT_SLOTS] = (slot, figures)

    def read(self, slots: Sequence[int]) -> dict[int, Figures]:
        """Return the samples of those of the slots that have one."""
        found = {slot: self._kept.get(slot % KEPT_SLOTS) for slot in slots}
        return {slot: kept[1] for slot, kept in found.items() if kept and kept[0] == slot}
