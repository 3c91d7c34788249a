"""Batches of outcomes: those of attempts that end while others are being stored share one transaction."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

from notifications.webhooks.models import WebhookEndpoint
from notifications.webhooks.outcomes import Ended

# Outcomes of one transaction: endpoints of all of them are locked meanwhile.
MOST_AT_ONCE = 50

Reason = WebhookEndpoint.DisabledReason | None
Store = Callable[[Sequence[Ended]], Awaitable[Sequence[Reason]]]


class OutcomeBatches:
    """Stores outcomes on the running event loop, one batch after the other.

    `store` stores some in one transaction. If it fails for several, each is stored alone, so that an error
    concerns the outcome that caused it.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._waiting: list[tuple[Ended, asyncio.Future[Reason]]] = []
        self._storing: asyncio.Task[None] | None = None

    async def add(self, ended: Ended) -> Reason:
        """Store an outcome; return why its endpoint is now disabled. Raises what `store` raised for it."""
        stored: asyncio.Future[Reason] = asyncio.get_running_loop().create_future()
        self._waiting.append((ended, stored))
        if self._storing is None or self._storing.done():
            self._storing = asyncio.ensure_future(self._store_all())
        return await stored

    async def _store_all(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[:MOST_AT_ONCE], self._waiting[MOST_AT_ONCE:]
            if not await self._store_together(batch):
                for one in batch:
                    await self._store_together([one])

    async def _store_together(self, batch: Sequence[tuple[Ended, asyncio.Future[Reason]]]) -> bool:
        """Store a batch and return True; False if it failed and has several outcomes."""
        try:
            reasons = await self._store([ended for ended, _ in batch])
        except Exception as error:  # noqa: BLE001 - it is raised where the outcome was added
            if len(batch) > 1:
                return False
            batch[0][1].set_exception(error)
            return True
        for (_, stored), reason in zip(batch, reasons, strict=True):
            stored.set_result(reason)
        return True
