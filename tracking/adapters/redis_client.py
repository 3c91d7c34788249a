"""Redis clients that fail soon: their callers have something else to go on with."""

from typing import Any

import redis


def make_redis_client(url: str, timeout_s: float, **more: Any) -> Any:
    """Return a client that waits `timeout_s` for a connection and for an answer, and tries nothing twice.

    `more` are further arguments of `redis.Redis.from_url`.
    """
    return redis.Redis.from_url(
        url, socket_timeout=timeout_s, socket_connect_timeout=timeout_s, retry=None, **more
    )
