"""Request counter in Redis: one script per request, so that two processes never get the same number."""

import math
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import redis
from pybreaker import CircuitBreakerError

from tracking.adapters.redis_breaker import make_redis_breaker
from tracking.domain.errors import TransientError
from tracking.ports import Counted

# Number of the Redis database, shared with the cache.
DATABASE = 2
TALLIES = "usage:tallies"
TIMEOUT_S = 0.2
# After a failure, requests pass uncounted for this long before Redis is called again.
BREAKER_OPEN_S = 5.0

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
    """`RequestCounter` in Redis. After a failure it raises `TransientError` at once for `BREAKER_OPEN_S`."""

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url
        self._breaker = make_redis_breaker(BREAKER_OPEN_S)

    @cached_property
    def _client(self) -> Any:
        # No retry: a request passes uncounted rather than late.
        return redis.Redis.from_url(
            f"{self._redis_url}/{DATABASE}",
            socket_timeout=TIMEOUT_S,
            socket_connect_timeout=TIMEOUT_S,
            retry=None,
        )

    def count(self, name: str, window_s: int, tallies: Mapping[str, int] | None = None) -> Counted:
        """Increment the counter `name` and add the tallies, in one round trip."""
        count, left_ms = self._call(
            lambda client: client.eval(_COUNT, 2, f"count:{name}", TALLIES, window_s * 1000, *_flat(tallies))
        )
        return Counted(count, max(1, math.ceil(left_ms / 1000)))

    def tally(self, tallies: Mapping[str, int]) -> None:
        """Add to the running totals."""
        self._call(lambda client: client.eval(_TALLY, 1, TALLIES, *_flat(tallies)))

    def take_tallies(self) -> dict[str, int]:
        """Return the running totals since they were last taken, and reset them."""
        flat = self._call(lambda client: client.eval(_TAKE, 1, TALLIES))
        return {name.decode(): int(number) for name, number in zip(flat[::2], flat[1::2], strict=True)}

    def _call(self, call: Callable[[Any], Any]) -> Any:
        try:
            with self._breaker.calling():
                return call(self._client)
        except (redis.RedisError, CircuitBreakerError) as error:
            raise TransientError(f"{type(error).__name__}: {error}") from error


def _flat(tallies: Mapping[str, int] | None) -> list[str | int]:
    return [part for pair in (tallies or {}).items() for part in pair]
