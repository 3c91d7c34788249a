"""Read lane statistics on demand: a computation asks key by key, missing keys are fetched with one call."""

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from tracking.eta.lanes import LaneStatistics, Statistic
from tracking.ports import LaneStatisticsStore

T = TypeVar("T")


class LaneReading(Mapping[str, Statistic]):
    """Lane statistics that record which keys were asked for and which of them are not loaded.

    `loaded` holds None for a key that the store does not have.
    """

    def __init__(self, loaded: Mapping[str, Statistic | None]) -> None:
        self._loaded = loaded
        self.asked: set[str] = set()
        self.missing: set[str] = set()

    def __getitem__(self, key: str) -> Statistic:
        self.asked.add(key)
        statistic = self._loaded.get(key)
        if statistic is None:
            if key not in self._loaded:
                self.missing.add(key)
            raise KeyError(key)
        return statistic

    def __iter__(self) -> Iterator[str]:
        return (key for key, statistic in self._loaded.items() if statistic is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)


def consult_lanes(
    lanes: LaneStatisticsStore,
    work: Callable[[LaneStatistics], T],
    loaded: dict[str, Statistic | None] | None = None,
) -> T:
    """Return `work` applied to the current lane statistics. It may be called several times: it must be pure.

    Each call may find keys that it needs, which are read before the next one. `loaded` keeps what was read
    for later work of the same moment. Raises `TransientError` when statistics cannot be reached.
    """
    loaded = {} if loaded is None else loaded
    while True:
        reading = LaneReading(loaded)
        result = work(reading)
        if not reading.missing:
            return result
        missing = sorted(reading.missing)
        stored = lanes.read(missing)
        loaded |= {key: stored[key].statistic if key in stored else None for key in missing}
