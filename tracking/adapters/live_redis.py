"""Redis of live push, for callers in threads: watchers, the fleet, and the count of failures."""

import threading
import time
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import redis
import structlog
from pybreaker import CircuitBreakerError

from tracking import metrics
from tracking.adapters.fleet import read_newest
from tracking.adapters.live_states import asked_command
from tracking.adapters.redis_breaker import make_redis_breaker
from tracking.adapters.scripts import Command, run_together
from tracking.turns import TURNS

READ_TIMEOUT_S = 1.0
LOG_EVERY_S = 5.0
# After a failure, subscribers are not counted for this long.
BREAKER_OPEN_S = 5.0
# Number of the Redis database with groups and states; the broker has 0, the cache 2.
DATABASE = 1

log = structlog.get_logger()


class LiveRedis:
    """Reads of live push, which never raise, and the count of its failures."""

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url
        self._lock = threading.Lock()
        self._failures = 0
        self._logged_at = 0.0
        self._breaker = make_redis_breaker(BREAKER_OPEN_S)

    def find_watched(self, shipment_ids: Sequence[str], name_channel: Callable[[str], str]) -> set[str]:
        """Return those of these shipments that have a subscriber or were read in the last minute.

        `name_channel` gives the Redis channel of a shipment. Returns all of them while Redis cannot be
        reached. Subscribers are counted on one server, so it must not be a sharded cluster.
        """
        if not shipment_ids:
            return set()
        try:
            with self._breaker.calling():
                counted, asked = self._count(list(map(name_channel, shipment_ids)), shipment_ids)
        except CircuitBreakerError:
            return set(shipment_ids)
        except redis.RedisError as error:
            self.note_failure(error)
            return set(shipment_ids)
        numbers = zip(shipment_ids, counted, asked, strict=True)
        return {shipment_id for shipment_id, watching, wanted in numbers if watching or wanted}

    def read_fleet(self) -> list[dict[str, Any]]:
        """Return the newest position of every vehicle of the last day; empty if Redis cannot be reached."""
        try:
            return read_newest(self._reader)
        except redis.RedisError as error:
            self.note_failure(error)
            return []

    def note_failure(self, error: BaseException, messages: int = 1) -> None:
        """Count lost messages, and report them at most every five seconds: thousands may fail at once."""
        with self._lock:
            self._failures += messages
            if time.monotonic() - self._logged_at < LOG_EVERY_S:
                return
            failures, self._failures = self._failures, 0
            self._logged_at = time.monotonic()
        metrics.emit(metrics.PUSH_FAILED, failures)
        log.warning("push", outcome="failed", messages=failures, error=f"{type(error).__name__}: {error}")

    def _count(self, channels: Sequence[str], shipment_ids: Sequence[str]) -> tuple[list[int], list[int]]:
        """Return the subscribers of each channel, and 1 for each shipment that was read, else 0."""
        subscribers: Command = ("PUBSUB", "NUMSUB", *channels)
        with TURNS.letting_others():
            counted, asked = run_together(self._reader, [subscribers, asked_command(shipment_ids)])
        for answer in (counted, asked):
            if isinstance(answer, redis.RedisError):
                raise answer
        return [int(number) for number in counted[1::2]], asked

    @cached_property
    def _reader(self) -> "redis.Redis":
        return redis.Redis.from_url(
            self._redis_url,
            db=DATABASE,
            socket_timeout=READ_TIMEOUT_S,
            socket_connect_timeout=READ_TIMEOUT_S,
        )
