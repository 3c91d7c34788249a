"""The lane book of a process: what lanes have taught, kept in memory and kept fresh by a thread."""

import random
import threading
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlowError
from typing import TypeVar

import structlog

from tracking import metrics
from tracking.domain.errors import SwiftLogixError
from tracking.eta.lanes import LaneStatistics, Statistic
from tracking.ports import LaneStatisticsStore
from tracking.services.prediction.lane_reading import LaneReading

T = TypeVar("T")
# No event waits longer for what lanes have taught; without it, what is known already must do.
WAIT_S = 0.05
REFRESH_S, REFRESH_JITTER_S = 60.0, 10.0
log = structlog.get_logger()


class LaneStatisticsCache:
    """Statistics as they were at most about a minute ago, absent ones too; safe to use from many threads.

    A key that is asked for the first time is fetched, all of a batch in one go, within 50 ms. What has not
    come by then is answered by the level above or the prior, and is there for the next batch.
    """

    def __init__(self, lanes: LaneStatisticsStore) -> None:
        self._lanes = lanes
        self._kept: dict[str, Statistic | None] = {}
        self._asked: set[str] = set()
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None

    def consult(self, work: Callable[[LaneStatistics], T]) -> T:
        """What `work` makes of the book; done again where keys had to be fetched, so it is pure."""
        reading = LaneReading(self._kept)
        answer = work(reading)
        self._asked |= reading.asked
        if reading.missing and self._fetch(reading.missing):
            answer = work(LaneReading(self._kept))
        return answer

    def refresh(self) -> None:
        """Read again what was asked for since the last time; what nobody asked for is forgotten."""
        asked, self._asked = self._asked, set()
        self._kept = self._read(asked)

    def _fetch(self, missing: set[str]) -> bool:
        """Whether these keys came in time; if not, they come later."""
        coming: Future[None] = self._start().submit(self._take_in, missing)
        try:
            coming.result(WAIT_S)
        except (TooSlowError, SwiftLogixError) as error:
            metrics.emit(metrics.ENRICH_LANES_STALE, len(missing))
            log.warning("enrich", outcome="lanes stale", keys=len(missing), error=str(error) or "too slow")
            return False
        return True

    def _take_in(self, keys: set[str]) -> None:
        self._kept |= self._read(keys)

    def _read(self, keys: Iterable[str]) -> dict[str, Statistic | None]:
        wanted = sorted(keys)
        known = self._lanes.read(wanted)
        return {key: known[key].statistic if key in known else None for key in wanted}

    def _start(self) -> ThreadPoolExecutor:
        """The thread that fetches; the one that refreshes begins with it, so an idle process has neither."""
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(1, thread_name_prefix="lanes")
                threading.Thread(target=self._keep_fresh, name="lanes-refresh", daemon=True).start()
            return self._pool

    def _keep_fresh(self) -> None:
        while True:
            time.sleep(REFRESH_S + random.uniform(-REFRESH_JITTER_S, REFRESH_JITTER_S))  # noqa: S311 - jitter
            try:
                self.refresh()
            except SwiftLogixError as error:
                # What is kept goes on to be used, as old as it is.
                metrics.emit(metrics.ENRICH_LANES_STALE, len(self._kept))
                log.warning("enrich", outcome="lanes stale", keys=len(self._kept), error=str(error))
