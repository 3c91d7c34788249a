"""Queue of records that wait until they are due."""

from collections.abc import Iterable
from heapq import heappop, heappush
from itertools import count

from laboratory.simulator.faults import Record


class SendQueue:
    """Queue ordered by due time; records due at the same moment keep the order in which they were added."""

    def __init__(self) -> None:
        self._waiting: list[tuple[float, int, Record]] = []
        self._numbers = count()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, records: Iterable[Record]) -> None:
        """Add records."""
        for record in records:
            heappush(self._waiting, (record.due, next(self._numbers), record))

    def take(self, until: float, at_most: int) -> list[Record]:
        """Remove and return at most `at_most` records that are due by `until`, oldest first."""
        taken: list[Record] = []
        while self._waiting and self._waiting[0][0] <= until and len(taken) < at_most:
            taken.append(heappop(self._waiting)[2])
        return taken
