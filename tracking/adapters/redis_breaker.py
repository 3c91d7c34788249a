"""Circuit breaker of calls to Redis, so that callers do not wait one by one for a server that is down."""

import pybreaker
import redis


def make_redis_breaker(reset_timeout_s: float) -> pybreaker.CircuitBreaker:
    """Return a breaker that opens at the first `RedisError` and lets calls through again after the timeout.

    Use it as `with breaker.calling():`, which does not serialise the calls of several threads. While it is
    open it raises `pybreaker.CircuitBreakerError`; the call that opens it raises its own error.
    """
    return pybreaker.CircuitBreaker(
        fail_max=1,
        reset_timeout=reset_timeout_s,
        exclude=[lambda error: not isinstance(error, redis.RedisError)],
        throw_new_error_on_trip=False,
    )
