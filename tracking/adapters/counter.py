"""Request counter in Redis: one script per request, so that two processes never get the same number."""

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import redis
import structlog
from pybreaker import CircuitBreakerError

from tracking import metrics
from tracking.adapters.delayed_counts import DelayedCounts, Report, Start, Total, start_thread
from tracking.adapters.redis_breaker import make_redis_breaker
from tracking.adapters.redis_client import make_redis_client
from tracking.adapters.scripts import Script, run
from tracking.adapters.thread_clients import ThreadClients
from tracking.counter_ports import Counted
from tracking.domain.errors import TransientError

# Number of the Redis database, shared with the cache.
DATABASE = 2
TALLIES = "usage:tallies"
TIMEOUT_S = 0.2
# Of a report: no request waits for it.
REPORT_TIMEOUT_S = 2.0
# After a failure, requests pass uncounted for this long before Redis is called again.
BREAKER_OPEN_S = 5.0

log = structlog.get_logger()

_COUNT = Script("""
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
for i = 2, #ARGV, 2 do redis.call('HINCRBY', KEYS[2], ARGV[i], ARGV[i + 1]) end
return {count, redis.call('PTTL', KEYS[1])}
""")
# Counts of many names, `number window_ms` each; answers `total left_ms` of each in one text.
_COUNT_MANY = Script("""
local totals = {}
for i, key in ipairs(KEYS) do
    local total = redis.call('INCRBY', key, ARGV[2 * i - 1])
    local left = redis.call('PTTL', key)
    if left < 0 then
        left = ARGV[2 * i]
        redis.call('PEXPIRE', key, left)
    end
    totals[i] = total .. ' ' .. left
end
return table.concat(totals, ' ')
""")
_TALLY = Script("for i = 1, #ARGV, 2 do redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1]) end")
_TAKE = Script("""
local all = redis.call('HGETALL', KEYS[1])
redis.call('DEL', KEYS[1])
return all
""")


class RedisRequestCounter:
    """`RequestCounter` in Redis. After a failure it raises `TransientError` at once for `BREAKER_OPEN_S`.

    `start` runs a function after a number of seconds; without it, on a thread.
    """

    def __init__(self, redis_url: str, start: Start = start_thread) -> None:
        self._redis_url = redis_url
        self._clients = ThreadClients(lambda: self._make_client(TIMEOUT_S, single_connection_client=True))
        self._breaker = make_redis_breaker(BREAKER_OPEN_S)
        self._report_breaker = make_redis_breaker(BREAKER_OPEN_S)
        self._delayed = DelayedCounts(self._report, start=start)

    @cached_property
    def _report_client(self) -> Any:
        return self._make_client(REPORT_TIMEOUT_S)

    def _make_client(self, timeout_s: float, **more: bool) -> Any:
        # No retry: a request passes uncounted rather than late.
        return make_redis_client(f"{self._redis_url}/{DATABASE}", timeout_s, **more)

    def count(self, name: str, window_s: int, tallies: Mapping[str, int] | None = None) -> Counted:
        """Increment the counter `name` and add the tallies, in one round trip."""
        count, left_ms = self._call(_COUNT, (f"count:{name}", TALLIES), window_s * 1000, *_flat(tallies))
        return Counted(count, max(1, math.ceil(left_ms / 1000)))

    def count_soon(self, name: str, window_s: int) -> Counted:
        """Increment the counter in this process; Redis gets the counts of all names together."""
        return self._delayed.count(name, window_s)

    def tally(self, tallies: Mapping[str, int]) -> None:
        """Add to the running totals."""
        self._call(_TALLY, (TALLIES,), *_flat(tallies))

    def take_tallies(self) -> dict[str, int]:
        """Return the running totals since they were last taken, and reset them."""
        flat = self._call(_TAKE, (TALLIES,))
        return {name.decode(): int(number) for name, number in zip(flat[::2], flat[1::2], strict=True)}

    def _report(self, reports: Mapping[str, Report]) -> dict[str, Total]:
        """Add counts of this process; return the totals of all processes, none if Redis cannot be reached."""
        keys = [f"count:{name}" for name in reports]
        spans = [part for one in reports.values() for part in (one.number, one.window_s * 1000)]
        try:
            with self._report_breaker.calling():
                answer = run(self._report_client, _COUNT_MANY.call(keys, *spans))
        except (redis.RedisError, CircuitBreakerError) as error:
            metrics.emit(metrics.ANSWER_UNCOUNTED, sum(one.number for one in reports.values()))
            log.warning("answer", outcome="uncounted", error=f"{type(error).__name__}: {error}")
            return {}
        parts = iter(map(int, answer.split()))
        return {name: Total(next(parts), next(parts) / 1000) for name in reports}

    def _call(self, script: Script, keys: Sequence[str], *words: str | int) -> Any:
        """Run a script with these keys and arguments."""
        try:
            with self._breaker.calling():
                return run(self._clients.find(), script.call(keys, *words))
        except (redis.RedisError, CircuitBreakerError) as error:
            raise TransientError(f"{type(error).__name__}: {error}") from error


def _flat(tallies: Mapping[str, int] | None) -> list[str | int]:
    return [part for pair in (tallies or {}).items() for part in pair]
