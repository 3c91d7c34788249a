"""Delivery of webhooks: claims what is due, signs and sends it through the pool, and records the outcome."""

import asyncio
import random
import re
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

import structlog
from channels.db import database_sync_to_async

from notifications.webhooks.claims import claim_due
from notifications.webhooks.endpoint_secrets import list_secrets
from notifications.webhooks.models import WebhookDelivery
from notifications.webhooks.outcome_batches import OutcomeBatches
from notifications.webhooks.outcomes import Attempt, Ended, record_attempts
from notifications.webhooks.pool import CONCURRENCY, Pool
from notifications.webhooks.rules.verdicts import Answer
from notifications.webhooks.sender import Post, Sender
from notifications.webhooks.signing import sign

Result = TypeVar("Result")
# Context of the change in the body; quotes within a value are escaped, so that nothing else looks like it.
_TRACEPARENT = re.compile(rb'"traceparent":"(00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2})"')
log = structlog.get_logger(__name__)


def read_clock() -> datetime:
    """Return the present time, aware."""
    return datetime.now(UTC)


class Deliverer:
    """Makes the attempts of one process, on one event loop.

    Each attempt that ends makes room, so more of what is due is claimed at once, until nothing is due.
    `clock` returns the aware time, `draw` a random number from 0 to 1 for the jitter.
    """

    def __init__(
        self,
        sender: Sender,
        concurrency: int = CONCURRENCY,
        clock: Callable[[], datetime] = read_clock,
        draw: Callable[[], float] = random.random,
    ) -> None:
        self._sender, self._clock, self._draw = sender, clock, draw
        self._pool = Pool(self._send, concurrency, made_room=self._start_refill)
        # One thread, so one connection, whatever thread called.
        self._database = ThreadPoolExecutor(1, thread_name_prefix="webhook-rows")
        self._outcomes = OutcomeBatches(partial(self._in_database, record_attempts))
        # One claim at a time, so that two of them do not both fill the same room.
        self._claiming = asyncio.Lock()
        # Webhooks that wait for a claim; the next one takes all of them.
        self._named: set[str] = set()
        self._refills: set[asyncio.Task[None]] = set()
        self._is_refilling = self._is_more_wanted = self._is_closed = False

    async def start_due(self, message_ids: Iterable[str] | None = None) -> int:
        """Claim as many due deliveries as can start at once, start them, and return their number.

        `message_ids` restricts the call to these webhooks, for the first attempts of a change. Does not wait
        for the attempts. A process that dies meanwhile leaves its rows to another one after 60 s.
        """
        self._named.update(message_ids or ())
        async with self._claiming:
            places = self._pool.places
            if self._is_closed or places.are_taken or (message_ids is not None and not self._named):
                return 0
            named, self._named = self._named, set()
            chosen = None if message_ids is None else sorted(named)
            claimed = await self._in_database(claim_due, self._clock(), places.prompt, chosen, places)
            for delivery in claimed:
                self._pool.submit(delivery.endpoint.endpoint_id, delivery)
            return len(claimed)

    def close(self) -> None:
        """Start no more attempts; those in progress go on."""
        self._is_closed = True

    async def drain(self) -> None:
        """Wait until every attempt that was started has ended and is recorded, and nothing more is due."""
        async with self._claiming:
            # Rows of a claim in progress are in the pool after it.
            pass
        await self._pool.drain()
        while self._refills:
            await asyncio.wait(self._refills)
            await self._pool.drain()

    def _start_refill(self) -> None:
        refill = asyncio.ensure_future(self._refill())
        self._refills.add(refill)
        refill.add_done_callback(self._refills.discard)

    async def _in_database(self, work: Callable[..., Result], *arguments: object) -> Result:
        """Run this in the thread that has the connection to the database; return its result."""
        call = database_sync_to_async(work, thread_sensitive=False, executor=self._database)
        result: Result = await call(*arguments)
        return result

    async def _refill(self) -> None:
        """Claim what is due until there is none. Calls at the same time are joined into one more round."""
        self._is_more_wanted = True
        if self._is_refilling:
            return
        self._is_refilling = True
        try:
            while self._is_more_wanted:
                self._is_more_wanted = False
                while await self.start_due():
                    pass
        finally:
            self._is_refilling = False

    async def _send(self, delivery: WebhookDelivery) -> None:
        started_at = self._clock()
        answer = await self._sender.send(_make_post(delivery, started_at))
        attempt = Attempt(started_at, self._clock(), answer)
        reason = await self._outcomes.add(Ended(delivery, attempt, self._draw()))
        _log(delivery, answer)
        if reason is not None:
            log.warning("webhook_disabled", endpoint=delivery.endpoint.endpoint_id, reason=reason.value)


def _make_post(delivery: WebhookDelivery, now: datetime) -> Post:
    body = bytes(delivery.body)
    headers = sign(delivery.message_id, body, list_secrets(delivery.endpoint, now), now)
    found = _TRACEPARENT.search(body)
    if found:
        headers["traceparent"] = found[1].decode()
    return Post(delivery.endpoint.url, headers, body)


def _log(delivery: WebhookDelivery, answer: Answer) -> None:
    log.info(
        "webhook",
        message_id=delivery.message_id,
        endpoint=delivery.endpoint.endpoint_id,
        attempt=delivery.attempts + 1,
        status=answer.status,
        fault=answer.fault or "",
    )
