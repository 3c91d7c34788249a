"""Live push through Channels groups, from threads without an event loop."""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import cached_property
from typing import Any

import redis.asyncio
from channels.layers import get_channel_layer
from django.conf import settings

from tracking.adapters.fleet import keep_newest_command
from tracking.adapters.live_redis import DATABASE, LiveRedis
from tracking.adapters.live_states import keep_command
from tracking.adapters.scripts import run_async
from tracking.domain.shipment import ShipmentState
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
# A send on a lost connection fails and the next try opens a new one. A state goes by two connections.
SEND_TRIES = 3
# Name of a group's channel in Redis, as the channel layer makes it.
_GROUP = "{prefix}__group__{group}"


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
        self._redis = LiveRedis(redis_url)
        self._waiting: list[Callable[[], Awaitable[None]]] = []

    def find_watched(self, shipment_ids: Sequence[str]) -> set[str]:
        """Return those of these shipments that have a subscriber or were read in the last minute.

        Returns all of them with a channel layer that Redis does not know, or while it cannot be reached.
        """
        if not _layer_subscribes():
            return set(shipment_ids)
        prefix = _layer_config()["prefix"]
        return self._redis.find_watched(
            shipment_ids,
            lambda shipment_id: _GROUP.format(prefix=prefix, group=shipment_group(shipment_id)),
        )

    def push_shipment(self, state: ShipmentState, frame: dict[str, Any]) -> None:
        """Send a frame to everyone who watches the shipment, and keep its state for readers."""
        message = state_message(frame, state.manifest_vehicle_id)
        self._start(lambda: self._send_state(state, message))

    def push_vehicle(self, vehicle_id: str, frame: dict[str, Any]) -> None:
        """Send a position to everyone who watches a shipment aboard the vehicle."""
        message = position_message(frame)
        self._start(lambda: _send(vehicle_group(vehicle_id), message))

    def push_fleet(self, frame: dict[str, Any]) -> None:
        """Store the newest position of each vehicle, and send the frame to the ops consoles."""
        self._start(lambda: self._send_fleet(frame))

    def read_fleet(self) -> list[dict[str, Any]]:
        """Return the newest position of every vehicle of the last day; empty if Redis cannot be reached."""
        return self._redis.read_fleet()

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
            self._redis.note_failure(RuntimeError("too many messages in flight"))
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
            self._redis.note_failure(failure)

    async def _send_state(self, state: ShipmentState, message: dict[str, Any]) -> None:
        if _layer_subscribes():
            await run_async(self._writer, keep_command(state))
        await _send(shipment_group(state.shipment_id), message)

    async def _send_fleet(self, frame: dict[str, Any]) -> None:
        if frame.get("vehicles"):
            await run_async(self._writer, keep_newest_command(frame["vehicles"]))
        await _send(OPS_GROUP, fleet_message(frame))


def _layer_config() -> dict[str, Any]:
    layer: dict[str, Any] = settings.CHANNEL_LAYERS["default"]
    return dict(layer.get("CONFIG", {}))


def _layer_subscribes() -> bool:
    """Return whether groups are Redis channels, whose subscribers can be counted."""
    return str(settings.CHANNEL_LAYERS["default"]["BACKEND"]).endswith("RedisPubSubChannelLayer")


async def _send(group: str, message: dict[str, Any]) -> None:
    await get_channel_layer().group_send(group, message)
