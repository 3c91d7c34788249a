"""Pool of attempts: bounded in total and by endpoint, fair between endpoints, with places for slow ones."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Generic, TypeVar

import structlog

from notifications.webhooks.rules.fair_queue import IN_FLIGHT_LIMIT, FairQueue
from notifications.webhooks.rules.places import PROMPT_PLACES, SLOW_AFTER_S, SLOW_PLACES, Places

# More than there are places: an attempt that turns out to be slow leaves its place to another one.
CONCURRENCY = 600
# Endpoints that are remembered as slow; of more, the oldest are forgotten.
SLOW_KEPT = 5000
# Jobs that wait in memory at most; all further ones stay in the database.
MAX_WAITING = 1000

Job = TypeVar("Job")
log = structlog.get_logger(__name__)


class Pool(Generic[Job]):
    """Runs jobs on the running event loop: at most `concurrency` at once, and four for each endpoint.

    `run` does one job. An exception of it is logged and concerns this job alone. `made_room` is called when
    there are more places than before: a job has ended, or has lasted for a second.
    """

    def __init__(
        self,
        run: Callable[[Job], Awaitable[None]],
        concurrency: int = CONCURRENCY,
        max_waiting: int = MAX_WAITING,
        made_room: Callable[[], object] = lambda: None,
        slow_after_s: float = SLOW_AFTER_S,
    ) -> None:
        self._run, self._concurrency, self._max_waiting = run, concurrency, max_waiting
        self._made_room, self._slow_after_s = made_room, slow_after_s
        self._queue = FairQueue[Job](IN_FLIGHT_LIMIT)
        self._running: set[asyncio.Task[None]] = set()
        # Jobs among them that have slow places, and endpoints whose last job lasted long, oldest first.
        self._slow_jobs: set[asyncio.Task[None]] = set()
        self._slow_endpoints: dict[str, None] = {}

    @property
    def room(self) -> int:
        """Number of jobs that can be submitted now."""
        return max(self._max_waiting - len(self._queue), 0)

    @property
    def places(self) -> Places:
        """Numbers of jobs that can start at once, if their endpoints allow it."""
        free = max(self._concurrency - len(self._running) - len(self._queue), 0)
        prompt_jobs = len(self._running) - len(self._slow_jobs) + len(self._queue)
        return Places(
            prompt=min(free, max(PROMPT_PLACES - prompt_jobs, 0)),
            slow=min(free, max(SLOW_PLACES - len(self._slow_jobs), 0)),
            slow_endpoints=frozenset(self._slow_endpoints),
        )

    def submit(self, endpoint: str, job: Job) -> None:
        """Run the job when it is its endpoint's turn. Raises `OverflowError` if there is no room."""
        if not self.room:
            raise OverflowError("too many webhooks are waiting")
        self._queue.put(endpoint, job)
        self._start_next()

    async def drain(self) -> None:
        """Wait until every submitted job has ended."""
        while self._running:
            await asyncio.wait(self._running)

    def _start_next(self) -> None:
        while len(self._running) < self._concurrency and (taken := self._queue.take()):
            endpoint, job = taken
            task = asyncio.ensure_future(self._run_one(endpoint, job))
            self._running.add(task)
            if endpoint in self._slow_endpoints:
                self._slow_jobs.add(task)
            loop = asyncio.get_running_loop()
            timer = loop.call_later(self._slow_after_s, self._find_slow, endpoint, task)
            task.add_done_callback(partial(self._end, endpoint, timer))

    def _find_slow(self, endpoint: str, task: asyncio.Task[None]) -> None:
        """Give a job that has lasted long a slow place, as further ones to its endpoint get."""
        self._slow_endpoints.pop(endpoint, None)
        self._slow_endpoints[endpoint] = None
        if len(self._slow_endpoints) > SLOW_KEPT:
            del self._slow_endpoints[next(iter(self._slow_endpoints))]
        self._slow_jobs.add(task)
        self._made_room()

    def _end(self, endpoint: str, timer: asyncio.TimerHandle, task: asyncio.Task[None]) -> None:
        if asyncio.get_running_loop().time() < timer.when():
            self._slow_endpoints.pop(endpoint, None)
        timer.cancel()
        self._running.discard(task)
        self._slow_jobs.discard(task)
        self._start_next()
        self._made_room()

    async def _run_one(self, endpoint: str, job: Job) -> None:
        try:
            await self._run(job)
        except Exception:
            log.exception("webhook_attempt_failed", endpoint=endpoint)
        finally:
            self._queue.finish(endpoint)
