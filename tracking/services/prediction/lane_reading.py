"""Reading the lane book: whoever predicts asks key by key, and what was missing is fetched in one go."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from tracking.eta.lanes import LaneStatistics, Statistic
from tracking.ports import LaneStatisticsStore

T = TypeVar("T")


class LaneReading(Mapping[str, Statistic]):
    """A lane book that notes what it is asked for, and what of that nobody has fetched yet.

    `kept` holds None for a key that is known to be absent.
    """

    def __init__(self, kept: Mapping[str, Statistic | None]) -> None:
        self._kept = kept
        self.asked: set[str] = set()
        self.missing: set[str] = set()

    def __getitem__(self, key: str) -> Statistic:
        self.asked.add(key)
        statistic = self._kept.get(key)
        if statistic is None:
            if key not in self._kept:
                self.missing.add(key)
            raise KeyError(key)
        return statistic

    def __iter__(self) -> Iterator[str]:
        return (key for key, statistic in self._kept.items() if statistic is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def consult_lanes(lanes: LaneStatisticsStore, work: Callable[[LaneStatistics], T]) -> T:
    """What `work` makes of the lane statistics as they are now; it is done twice, so it is pure.

    Raises `TransientError` when they cannot be reached.
    """
    reading = LaneReading({})
    answer = work(reading)
    if not reading.missing:
        return answer
    return work({key: one.statistic for key, one in lanes.read(sorted(reading.missing)).items()})
