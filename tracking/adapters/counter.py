"""Requests counted in Redis: one script a request, so that two processes never count the same number."""

import math
import threading
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import redis

from tracking.domain.errors import TransientError
from tracking.ports import Counted

# The number of Redis' database, with the cache.
DATABASE = 2
TALLIES = "usage:tallies"
TIMEOUT_S = 0.2
# A server that is away is asked again after this time only: requests must not wait for it one by one.
AWAY_S = 5.0

_COUNT = """
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
for i = 2, #ARGV, 2 do redis.call('HINCRBY', KEYS[2], ARGV[i], ARGV[i + 1]) end
return {count, redis.call('PTTL', KEYS[1])}
"""
_TALLY = "for i = 1, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end"
_TAKE = """
local all = redis.call('HGETALL', KEYS[1])
redis.call('DEL', KEYS[1])
return all
"""


class RedisRequestCounter:
    """Counts in Redis; while Redis is away it says so at once for some seconds, then tries again."""

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url
        self._away_until = 0.0
        self._lock = threading.Lock()

    @cached_property
    def _client(self) -> Any:
        # One try: the caller passes uncounted rather than late.
        return redis.Redis.from_url(
            f"{self._redis_url}/{DATABASE}",
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            retry=None,
        )

    def count(self, name: str, window_s: int, tallies: Mapping[str, int] | None = None) -> Counted:
        """Count one more under this name, and add the tallies, in one round trip."""
        count, left_ms = self._ask(
            lambda client: client.eval(_COUNT, 2, f"count:{name}", TALLIES, window_s * 1000, *_flat(tallies))
        )
        return Counted(count, max(1, math.ceil(left_ms / 1000)))

    def tally(self, tallies: Mapping[str, int]) -> None:
        """Add to running numbers."""
        self._ask(lambda client: client.eval(_TALLY, 1, TALLIES, *_flat(tallies)))

    def take_tallies(self) -> dict[str, int]:
        """The running numbers since they were last taken."""
        flat = self._ask(lambda client: client.eval(_TAKE, 1, TALLIES))
        return {name.decode(): int(number) for name, number in zip(flat[::2], flat[1::2], strict=True)}

    def _ask(self, call: Callable[[Any], Any]) -> Any:
        with self._lock:
            if time.monotonic() < self._away_until:
                raise TransientError("Redis is away")
        try:
            return call(self._client)
        except redis.RedisError as error:
            with self._lock:
                self._away_until = time.monotonic() + AWAY_S
            raise TransientError(f"{type(error).__name__}: {error}") from error


def _flat(tallies: Mapping[str, int] | None) -> list[str | int]:
    return [part for pair in (tallies or {}).items() for part in pair]
