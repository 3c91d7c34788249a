"""Live push through Channels groups, from threads without an event loop."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import cached_property
from typing import Any

import redis
import redis.asyncio
import structlog
from channels.layers import get_channel_layer
from django.conf import settings
from pybreaker import CircuitBreakerError

from tracking import metrics
from tracking.adapters.fleet import keep_newest, read_newest
from tracking.adapters.redis_breaker import make_redis_breaker
from tracking.live import (
    OPS_GROUP,
    fleet_message,
    position_message,
    shipment_group,
    state_message,
    vehicle_group,
)

# Above this many messages in flight, new ones are dropped. A page that misses one notices at a heartbeat.
MAX_IN_FLIGHT = 5000
SEND_TIMEOUT_S = 2.0
# A send on a lost connection fails; the second try opens a new one.
SEND_TRIES = 2
READ_TIMEOUT_S = 1.0
LOG_EVERY_S = 5.0
# After a failure, subscribers are not counted for this long.
BREAKER_OPEN_S = 5.0
# Name of a group's channel in Redis, as the channel layer makes it.
_GROUP = "{prefix}__group__{group}"
# Number of the Redis database, with the groups; the broker has 0, the cache 2.
DATABASE = 1

log = structlog.get_logger()


class ChannelsPush:
    """`LivePush` that calls `group_send` of the channel layer on an event loop beside the caller's thread.

    A call returns at once. Failures are counted and logged, never raised.
    """

    def __init__(self, redis_url: str, loop: asyncio.AbstractEventLoop | None = None) -> None:
        """Send on this loop; without one, on a loop of its own in a background thread, made when needed."""
        self._redis_url = redis_url
        self._given_loop = loop
        self._in_flight = 0
        self._count_lock = threading.Lock()
        self._failures = 0
        self._logged_at = 0.0
        self._breaker = make_redis_breaker(BREAKER_OPEN_S)
        self._waiting: list[Callable[[], Awaitable[None]]] = []

    def find_watched(self, shipment_ids: Sequence[str]) -> set[str]:
        """Return those of these shipments whose group has a subscriber in Redis, by one call.

        Returns all of them with any other channel layer, or while Redis cannot be reached. Subscribers are
        counted on one server, so the layer must not be on a sharded cluster.
        """
        if not shipment_ids or not _layer_subscribes():
            return set(shipment_ids)
        groups = [
            _GROUP.format(**_layer_config(), group=shipment_group(shipment_id))
            for shipment_id in shipment_ids
        ]
        try:
            with self._breaker.calling():
                counts = self._reader.pubsub_numsub(*groups)
        except CircuitBreakerError:
            return set(shipment_ids)
        except redis.RedisError as error:
            self._note_failure(error)
            return set(shipment_ids)
        return {shipment_id for shipment_id, (_, count) in zip(shipment_ids, counts, strict=True) if count}

    def push_shipment(self, shipment_id: str, frame: dict[str, Any], vehicle_id: str | None = None) -> None:
        """Send a frame, and the vehicle to follow, to everyone who watches the shipment."""
        message = state_message(frame, vehicle_id)
        self._start(lambda: _send(shipment_group(shipment_id), message))

    def push_vehicle(self, vehicle_id: str, frame: dict[str, Any]) -> None:
        """Send a position to everyone who watches a shipment aboard the vehicle."""
        message = position_message(frame)
        self._start(lambda: _send(vehicle_group(vehicle_id), message))

    def push_fleet(self, frame: dict[str, Any]) -> None:
        """Store the newest position of each vehicle, and send the frame to the ops consoles."""
        self._start(lambda: self._send_fleet(frame))

    def read_fleet(self) -> list[dict[str, Any]]:
        """Return the newest position of every vehicle of the last day; empty if Redis cannot be reached."""
        try:
            return read_newest(self._reader)
        except redis.RedisError as error:
            self._note_failure(error)
            return []

    def drain(self, timeout_s: float = SEND_TIMEOUT_S) -> bool:
        """Wait until no message is in flight; return whether that happened within the timeout."""
        ends_at = time.monotonic() + timeout_s
        while self._in_flight and time.monotonic() < ends_at:
            time.sleep(0.005)
        return not self._in_flight

    @cached_property
    def _loop(self) -> asyncio.AbstractEventLoop:
        if self._given_loop is not None:
            return self._given_loop
        loop = asyncio.new_event_loop()
        threading.Thread(target=loop.run_forever, name="live-push", daemon=True).start()
        return loop

    @cached_property
    def _writer(self) -> "redis.asyncio.Redis":
        return redis.asyncio.Redis.from_url(self._redis_url, db=DATABASE, socket_timeout=SEND_TIMEOUT_S)

    @cached_property
    def _reader(self) -> "redis.Redis":
        return redis.Redis.from_url(
            self._redis_url,
            db=DATABASE,
            socket_timeout=READ_TIMEOUT_S,
            socket_connect_timeout=READ_TIMEOUT_S,
        )

    def _start(self, send: Callable[[], Awaitable[None]]) -> None:
        with self._count_lock:
            full = self._in_flight >= MAX_IN_FLIGHT
            # Waking the loop costs more than sending, so messages until it wakes are sent together.
            must_wake = not full and not self._waiting
            if not full:
                self._in_flight += 1
                self._waiting.append(send)
            loop = self._loop
        if full:
            self._note_failure(RuntimeError("too many messages in flight"))
        elif must_wake:
            loop.call_soon_threadsafe(self._send_waiting)

    def _send_waiting(self) -> None:
        with self._count_lock:
            waiting, self._waiting = self._waiting, []
        for send in waiting:
            asyncio.get_running_loop().create_task(self._carry_out(send))

    async def _carry_out(self, send: Callable[[], Awaitable[None]]) -> None:
        try:
            await self._try(send)
        finally:
            with self._count_lock:
                self._in_flight -= 1

    async def _try(self, send: Callable[[], Awaitable[None]]) -> None:
        failure: Exception | None = None
        for _ in range(SEND_TRIES):
            try:
                await asyncio.wait_for(send(), SEND_TIMEOUT_S)
            except Exception as error:  # noqa: BLE001 - top of a task; a missed frame is noticed at a heartbeat
                failure = error
            else:
                return
        if failure is not None:
            self._note_failure(failure)

    async def _send_fleet(self, frame: dict[str, Any]) -> None:
        if frame.get("vehicles"):
            await keep_newest(self._writer, frame["vehicles"])
        await _send(OPS_GROUP, fleet_message(frame))

    def _note_failure(self, error: Exception) -> None:
        """Count the failure, and report failures at most every five seconds: thousands may come at once."""
        with self._count_lock:
            self._failures += 1
            if time.monotonic() - self._logged_at < LOG_EVERY_S:
                return
            failures, self._failures = self._failures, 0
            self._logged_at = time.monotonic()
        metrics.emit(metrics.PUSH_FAILED, failures)
        log.warning("push", outcome="failed", messages=failures, error=f"{type(error).__name__}: {error}")


def _layer_config() -> dict[str, Any]:
    layer: dict[str, Any] = settings.CHANNEL_LAYERS["default"]
    return dict(layer.get("CONFIG", {}))


def _layer_subscribes() -> bool:
    """Return whether groups are Redis channels, whose subscribers can be counted."""
    return str(settings.CHANNEL_LAYERS["default"]["BACKEND"]).endswith("RedisPubSubChannelLayer")


async def _send(group: str, message: dict[str, Any]) -> None:
    await get_channel_layer().group_send(group, message)
