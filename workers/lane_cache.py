"""Lane statistics of a process: kept in memory and refreshed by a thread."""

import random
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlowError

import structlog

from tracking import metrics
from tracking.domain.errors import SwiftLogixError
from tracking.eta.lanes import LaneStatistics, Statistic
from tracking.ports import LaneStatisticsStore

# No event waits longer for statistics; without them the level above or the prior answers.
WAIT_S = 0.05
REFRESH_S, REFRESH_JITTER_S = 60.0, 10.0
# At each of these refreshes the statistics that forecasts have not used are dropped.
DROP_EVERY = 10
# A generator of its own: a thread in the background must not move the common one while others draw from it.
_JITTER = random.Random()  # noqa: S311 - jitter, not a secret
log = structlog.get_logger()


class LaneStatisticsCache:
    """Statistics that were current a minute ago, or ten if not used since; absent ones too; safe for threads.

    Keys that nobody has asked for are fetched together, within 50 ms. A key that takes longer is absent for
    this batch and there for the next one. Only statistics that forecasts really use are read again each
    minute: a forecast may need any of a lane's length buckets, and uses one or two of them.
    """

    def __init__(self, store: LaneStatisticsStore) -> None:
        self._store = store
        self._kept: dict[str, Statistic | None] = {}
        self._used: set[str] = set()
        self._refreshes = 0
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None

    def read(self, keys: Iterable[Collection[str]]) -> LaneStatistics:
        """Return the statistics as a mapping, after fetching the keys that are not kept yet."""
        missing = {key for each in keys for key in each if key not in self._kept}
        if missing:
            self._fetch(missing)
        return _NotedStatistics(self._kept, self._used)

    def refresh(self) -> None:
        """Read again what forecasts have used since the last refresh; now and then drop the rest."""
        used, self._used = self._used, set()
        self._keep(used)
        self._refreshes += 1
        if self._refreshes % DROP_EVERY == 0:
            self._kept = {key: statistic for key, statistic in self._kept.items() if key in used}

    def _fetch(self, missing: set[str]) -> None:
        coming: Future[None] = self._start().submit(self._keep, missing)
        try:
            coming.result(WAIT_S)
        except (TooSlowError, SwiftLogixError) as error:
            metrics.emit(metrics.ENRICH_LANES_STALE, len(missing))
            log.warning("gather", outcome="lanes stale", keys=len(missing), error=str(error) or "too slow")

    def _keep(self, keys: set[str]) -> None:
        wanted = sorted(keys)
        known = self._store.read(wanted)
        # A new dictionary: threads may be reading the old one.
        self._kept = self._kept | {key: known[key].statistic if key in known else None for key in wanted}

    def _start(self) -> ThreadPoolExecutor:
        """Return the thread that fetches; the refreshing one starts with it, not in an idle process."""
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(1, thread_name_prefix="lanes")
                threading.Thread(target=self._keep_fresh, name="lanes-refresh", daemon=True).start()
            return self._pool

    def _keep_fresh(self) -> None:
        while True:
            time.sleep(REFRESH_S + _JITTER.uniform(-REFRESH_JITTER_S, REFRESH_JITTER_S))
            try:
                self.refresh()
            except SwiftLogixError as error:
                # Statistics as old as they are go on being used.
                metrics.emit(metrics.ENRICH_LANES_STALE, len(self._kept))
                log.warning("gather", outcome="lanes stale", keys=len(self._kept), error=str(error))


class _NotedStatistics(Mapping[str, Statistic]):
    """A view of the kept statistics for one batch, which notes the keys used and keeps `results` of them."""

    def __init__(self, kept: Mapping[str, Statistic | None], used: set[str]) -> None:
        self._kept = kept
        self._used = used
        self.results: dict[object, object] = {}

    def __getitem__(self, key: str) -> Statistic:
        self._used.add(key)
        statistic = self._kept.get(key)
        if statistic is None:
            raise KeyError(key)
        return statistic

    def get(self, key: str, _default: object = None) -> Statistic | None:  # type: ignore[override]
        """Return the statistic of a key, or None."""
        self._used.add(key)
        return self._kept.get(key)

    def __iter__(self) -> Iterator[str]:
        return (key for key, statistic in self._kept.items() if statistic is not None)

    def __len__(self) -> int:
        return sum(1 for _ in self)
