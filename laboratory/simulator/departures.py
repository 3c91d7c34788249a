"""Records that wait for their moment: in at the device's time, out in the order in which they are put."""

from collections.abc import Iterable
from heapq import heappop, heappush
from itertools import count

from laboratory.simulator.faults import Record


class Departures:
    """A queue by due time; records due at the same moment leave in the order in which they came."""

    def __init__(self) -> None:
        self._waiting: list[tuple[float, int, Record]] = []
        self._numbers = count()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, records: Iterable[Record]) -> None:
        """Let records wait."""
        for record in records:
            heappush(self._waiting, (record.due, next(self._numbers), record))

    def take(self, until: float, at_most: int) -> list[Record]:
        """The records due by `until`, oldest first."""
        taken: list[Record] = []
        while self._waiting and self._waiting[0][0] <= until and len(taken) < at_most:
            taken.append(heappop(self._waiting)[2])
        return taken
