"""Newest report of the alarms in Redis, written by the demo, which evaluates them."""

from functools import cached_property
from typing import Any

import msgspec
import redis

from tracking.adapters.redis_client import make_redis_client
from tracking.domain.errors import TransientError
from workers.alarm_states import AlarmReport

KEY = "workers:alarms"
TIMEOUT_S = 1.0
# A report is replaced several times a minute. One that is not is no longer true, and is gone after this.
KEPT_S = 90

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(AlarmReport).decode


class RedisAlarmStates:
    """`AlarmStates` in Redis."""

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url

    def keep(self, report: AlarmReport) -> None:
        """Replace the report. Raises `TransientError` when Redis cannot be reached."""
        try:
            self._client.set(KEY, _encode(report), ex=KEPT_S)
        except redis.RedisError as error:
            raise TransientError(f"alarms: {error}") from error

    def read(self) -> AlarmReport | None:
        """Return the newest report, None if there is none or another version has written it."""
        try:
            found = self._client.get(KEY)
        except redis.RedisError as error:
            raise TransientError(f"alarms: {error}") from error
        try:
            return _decode(found) if found else None
        except msgspec.DecodeError:
            return None

    @cached_property
    def _client(self) -> Any:
        # No retry: the next report comes in a moment.
        return make_redis_client(self._redis_url, TIMEOUT_S)
