"""Lane statistics store in memory, with the same guarantees as on DynamoDB, for tests and replays."""

import threading
from collections.abc import Mapping, Sequence

from tracking.domain.legs import FinishedLeg
from tracking.eta.lanes import Statistic, lane_key
from tracking.ports import Known, Learned, Lesson


class MemoryLaneStatisticsStore:
    """`LaneStatisticsStore` in dictionaries, under one lock."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._known: dict[str, Known] = {}
        self.legs: dict[tuple[str, str], FinishedLeg] = {}

    def read(self, keys: Sequence[str]) -> dict[str, Known]:
        """Return the statistics of those keys that have one."""
        with self._lock:
            return {key: self._known[key] for key in keys if key in self._known}

    def keep(self, lesson: Lesson) -> Learned:
        """Store legs and statistics if no leg was stored before and no statistic has changed."""
        names = {(lane_key(leg.profile), leg.sort_key): leg for leg in lesson.legs}
        with self._lock:
            known = frozenset(name for name in names if name in self.legs)
            moved = any(self._version(key) != lesson.seen.get(key, 0) for key in lesson.changed)
            if known or moved:
                return Learned(kept=False, known=known)
            self.legs |= names
            self.put(lesson.changed)
        return Learned(kept=True)

    def put(self, statistics: Mapping[str, Statistic]) -> None:
        """Set these statistics, replacing those stored."""
        with self._lock:
            for key, statistic in statistics.items():
                self._known[key] = Known(statistic, self._version(key) + 1)

    def _version(self, key: str) -> int:
        known = self._known.get(key)
        return known.version if known else 0
