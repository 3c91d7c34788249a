"""Reports of the steps in Redis: one hash with the newest report of each process."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

import msgspec
import redis

from tracking.adapters.redis_client import make_redis_client
from tracking.domain.errors import TransientError
from workers.steps.ports import StepReport

KEY = "workers:steps"
TIMEOUT_S = 1.0
# Reports of processes that ended before this are deleted by the next reader.
KEPT_FOR = timedelta(hours=1)

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(StepReport).decode


class RedisStepReports:
    """`StepReports` in Redis."""

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url

    def keep(self, worker_id: str, report: StepReport) -> None:
        """Replace the report of a process."""
        try:
            self._client.hset(KEY, worker_id, _encode(report))
        except redis.RedisError as error:
            raise TransientError(f"steps: {error}") from error

    def read_all(self) -> Mapping[str, StepReport]:
        """Return the newest report of each process; those older than an hour are deleted."""
        try:
            rows = self._client.hgetall(KEY)
            found = {name.decode(): _read(row) for name, row in rows.items()}
            limit = datetime.now(UTC) - KEPT_FOR
            ended = [name for name, report in found.items() if report is None or report.reported_at < limit]
            if ended:
                self._client.hdel(KEY, *ended)
        except redis.RedisError as error:
            raise TransientError(f"steps: {error}") from error
        return {name: report for name, report in found.items() if report is not None and name not in ended}

    @cached_property
    def _client(self) -> Any:
        # No retry: the next report comes in a moment.
        return make_redis_client(self._redis_url, TIMEOUT_S)


def _read(row: bytes) -> StepReport | None:
    """Return the report in a row, None for one that another version has written in another form."""
    try:
        return _decode(row)
    except msgspec.DecodeError:
        return None
