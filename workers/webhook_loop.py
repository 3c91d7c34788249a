"""Event loop of a process on which webhooks are sent, in a thread of its own, so that no listener waits."""

import asyncio
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future

import structlog

from notifications.webhooks.delivery import Deliverer

log = structlog.get_logger()


class WebhookLoop:
    """Thread that runs a deliverer; attempts that end with the process are made again after a minute.

    `make_deliverer` is called once, on the loop.
    """

    def __init__(self, make_deliverer: Callable[[], Deliverer]) -> None:
        self._make_deliverer = make_deliverer
        self._deliverer: Deliverer | None = None
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="webhooks", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def start_due(self, message_ids: Sequence[str] | None = None) -> Future[int]:
        """Start the attempts that are due, or those of these webhooks, without waiting for them.

        The result is the number of attempts that were started. An error is logged; the sweep tries again.
        """
        started = asyncio.run_coroutine_threadsafe(self._start_due(message_ids), self._loop)
        started.add_done_callback(_log_error)
        return started

    def close(self, timeout_s: float) -> bool:
        """Finish the attempts in progress, for at most `timeout_s`; return whether all have ended."""
        if not self._thread.is_alive():
            return True
        done = asyncio.run_coroutine_threadsafe(self._drain(timeout_s), self._loop)
        try:
            return done.result(timeout_s + 1)
        except TimeoutError:
            return False
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(1)

    async def _start_due(self, message_ids: Sequence[str] | None) -> int:
        if self._deliverer is None:
            self._deliverer = self._make_deliverer()
        return await self._deliverer.start_due(message_ids)

    async def _drain(self, timeout_s: float) -> bool:
        if self._deliverer is None:
            return True
        self._deliverer.close()
        async with asyncio.timeout(timeout_s):
            await self._deliverer.drain()
        return True


def _log_error(started: Future[int]) -> None:
    if not started.cancelled() and (error := started.exception()):
        log.warning("webhook", outcome="left to the sweep", error=str(error))
