"""Pool of attempts: bounded in total and for each endpoint, and fair between endpoints."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

import structlog

from notifications.webhooks.rules.fair_queue import IN_FLIGHT_LIMIT, FairQueue

CONCURRENCY = 200
# Jobs that wait in memory at most; all further ones stay in the database.
MAX_WAITING = 1000

Job = TypeVar("Job")
log = structlog.get_logger(__name__)


class Pool(Generic[Job]):
    """Runs jobs on the running event loop: at most `concurrency` at once, and four for each endpoint.

    `run` does one job. An exception of it is logged and concerns this job alone.
    """

    def __init__(
        self,
        run: Callable[[Job], Awaitable[None]],
        concurrency: int = CONCURRENCY,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        self._run, self._concurrency, self._max_waiting = run, concurrency, max_waiting
        self._queue = FairQueue[Job](IN_FLIGHT_LIMIT)
        self._running: set[asyncio.Task[None]] = set()

    @property
    def room(self) -> int:
        """Number of jobs that can be submitted now."""
        return max(self._max_waiting - len(self._queue), 0)

    @property
    def idle(self) -> int:
        """Number of jobs that can start at once, if their endpoints allow it."""
        return max(self._concurrency - len(self._running) - len(self._queue), 0)

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
            task = asyncio.ensure_future(self._run_one(*taken))
            self._running.add(task)
            task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._start_next()

    async def _run_one(self, endpoint: str, job: Job) -> None:
        try:
            await self._run(job)
        except Exception:
            log.exception("webhook_attempt_failed", endpoint=endpoint)
        finally:
            self._queue.finish(endpoint)
