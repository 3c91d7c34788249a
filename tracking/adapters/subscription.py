"""One Redis connection that is subscribed to channels, and connects again after it was lost."""

import asyncio
import math
import random
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any

import redis
import redis.asyncio
import structlog

CONNECT_TIMEOUT_S = 2.0
# A caller does not wait longer for Redis to confirm its channel.
CONFIRM_TIMEOUT_S = 2.0
# A connection that is silent for this long is asked for an answer; without one it counts as lost.
PING_EVERY_S = 5.0
RECONNECT_AFTER_S = (0.05, 0.1, 0.2, 0.5, 1.0)
CHANNELS_A_COMMAND = 1000
MESSAGE, CONFIRMED = b"message", b"subscribe"

log = structlog.get_logger()


class Subscription:
    """Subscription of one event loop.

    `receive` gets the channel and the data of each message. `report_gap` gets the name of each channel that
    is subscribed again after the connection was lost: messages in between are lost.
    """

    def __init__(
        self, redis_url: str, receive: Callable[[str, bytes], None], report_gap: Callable[[str], None]
    ) -> None:
        # RESP2: with RESP3 messages and confirmations arrive by different ways.
        pool = redis.asyncio.ConnectionPool.from_url(
            redis_url, socket_connect_timeout=CONNECT_TIMEOUT_S, protocol=2
        )
        self._connection: Any = pool.make_connection()  # type: ignore[no-untyped-call]
        self._receive = receive
        self._report_gap = report_gap
        self._wanted: set[str] = set()
        self._to_add: set[str] = set()
        self._to_drop: set[str] = set()
        # Channels that were confirmed at any time, and those that are confirmed on this connection.
        self._known: set[str] = set()
        self._confirmed: set[str] = set()
        self._waiting: dict[str, asyncio.Future[None]] = {}
        self._heard = 0
        # False while the connection is being made, when it must carry nothing but its own handshake.
        self._is_up = False
        self._task: asyncio.Task[None] | None = None
        self._flush_task: asyncio.Task[None] | None = None

    async def add(self, channel: str) -> None:
        """Subscribe to a channel and wait until Redis has confirmed it.

        Raises `redis.TimeoutError` if that takes longer than `CONFIRM_TIMEOUT_S`.
        """
        self._wanted.add(channel)
        self._to_drop.discard(channel)
        if channel in self._confirmed:
            return
        confirmed = self._waiting.get(channel)
        if confirmed is None:
            confirmed = self._waiting[channel] = asyncio.get_running_loop().create_future()
            self._to_add.add(channel)
            self._begin_flush()
        try:
            await asyncio.wait_for(asyncio.shield(confirmed), CONFIRM_TIMEOUT_S)
        except TimeoutError:
            raise redis.TimeoutError("no confirmation of a subscription") from None

    def drop(self, channel: str) -> None:
        """Unsubscribe from a channel; a message that is under way may still arrive."""
        for channels in (self._wanted, self._to_add, self._known):
            channels.discard(channel)
        self._waiting.pop(channel, None)
        if channel in self._confirmed:
            self._confirmed.discard(channel)
            self._to_drop.add(channel)
            self._begin_flush()

    async def close(self) -> None:
        """End the connection."""
        for task in (self._task, self._flush_task):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task
        await self._connection.disconnect()

    def _begin_flush(self) -> None:
        """Send what has changed, together with all that changes in this round of the event loop."""
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        elif self._flush_task is None or self._flush_task.done():
            self._flush_task = asyncio.create_task(self._flush())

    async def _flush(self) -> None:
        # Failures are those of the connection, which the reading task sees too.
        with suppress(redis.RedisError, OSError):
            while self._is_up and (self._to_add or self._to_drop):
                added, self._to_add = self._to_add, set()
                dropped, self._to_drop = self._to_drop, set()
                await self._command("SUBSCRIBE", added)
                await self._command("UNSUBSCRIBE", dropped)

    async def _command(self, command: str, channels: set[str]) -> None:
        names = sorted(channels)
        for start in range(0, len(names), CHANNELS_A_COMMAND):
            await self._connection.send_command(command, *names[start : start + CHANNELS_A_COMMAND])

    async def _run(self) -> None:
        """Connect and read until cancelled, again and again."""
        failures = 0
        while True:
            try:
                await self._connection.connect()
                await self._subscribe_again()
                failures = 0
                await _run_until_one_ends(self._read(), self._watch())
            except Exception as error:  # noqa: BLE001 - top of a task that must not end
                log.warning("push", outcome="subscription lost", error=f"{type(error).__name__}: {error}")
            self._is_up = False
            await self._connection.disconnect()
            pause_s = RECONNECT_AFTER_S[min(failures, len(RECONNECT_AFTER_S) - 1)]
            failures += 1
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.5))  # noqa: S311 - not a secret

    async def _subscribe_again(self) -> None:
        self._confirmed.clear()
        self._to_add.clear()
        self._to_drop.clear()
        self._is_up = True
        await self._command("SUBSCRIBE", self._wanted)

    async def _read(self) -> None:
        read_response = self._connection.read_response
        while True:
            match await read_response(timeout=math.inf):
                case [kind, channel, data] if kind == MESSAGE:
                    self._receive(channel.decode(), data)
                case [kind, channel, _] if kind == CONFIRMED:
                    self._confirm(channel.decode())
                case _:
                    # The answer to a PING has two parts, and one part while no channel is subscribed.
                    pass
            self._heard += 1

    def _confirm(self, channel: str) -> None:
        if channel not in self._wanted:
            # It was dropped while its subscription was under way.
            self._to_drop.add(channel)
            self._begin_flush()
            return
        self._confirmed.add(channel)
        waiting = self._waiting.pop(channel, None)
        if waiting is not None and not waiting.done():
            waiting.set_result(None)
        if channel in self._known:
            self._report_gap(channel)
        self._known.add(channel)

    async def _watch(self) -> None:
        """Ask for an answer after each silence. Raises `redis.TimeoutError` if none comes."""
        while True:
            heard = self._heard
            await asyncio.sleep(PING_EVERY_S)
            if self._heard == heard:
                await self._connection.send_command("PING")
                await asyncio.sleep(PING_EVERY_S)
                if self._heard == heard:
                    raise redis.TimeoutError("no answer to a PING")


async def _run_until_one_ends(*routines: Coroutine[Any, Any, None]) -> None:
    """Run the routines until one fails; raise its error after the others have ended."""
    tasks = [asyncio.ensure_future(routine) for routine in routines]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
