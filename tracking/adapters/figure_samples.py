"""Samples of the console's key figures in Redis: one hash whose fields are used again after eight days."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import msgspec
import redis

from tracking.adapters.redis_client import make_redis_client
from tracking.domain.errors import TransientError
from tracking.figure_sample_ports import KEPT_SLOTS, SLOT_S, Figures

KEY = "ops:figures"
# A page is shown without samples after this time.
TIMEOUT_S = 0.5

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(tuple[int, dict[str, int | float | None]]).decode


class RedisFigureSamples:
    """`FigureSamples` in Redis; the key expires eight days after the last sample."""

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url

    def keep(self, slot: int, figures: Figures) -> None:
        """Keep the sample of a slot in the place of the one eight days before."""
        pipeline = self._client.pipeline(transaction=False)
        pipeline.hset(KEY, str(slot % KEPT_SLOTS), _encode((slot, figures)))
        pipeline.expire(KEY, KEPT_SLOTS * SLOT_S)
        try:
            pipeline.execute()
        except redis.RedisError as error:
            raise TransientError(f"figure samples: {error}") from error

    def read(self, slots: Sequence[int]) -> dict[int, Figures]:
        """Return the samples of those of the slots that have one, in one round trip."""
        try:
            rows = self._client.hmget(KEY, [str(slot % KEPT_SLOTS) for slot in slots])
        except redis.RedisError as error:
            raise TransientError(f"figure samples: {error}") from error
        found = [_read(row) for row in rows]
        return {slot: kept[1] for slot, kept in zip(slots, found, strict=True) if kept and kept[0] == slot}

    @cached_property
    def _client(self) -> Any:
        # No retry: the next sample or reader comes in a moment.
        return make_redis_client(self._redis_url, TIMEOUT_S)


def _read(row: bytes | None) -> tuple[int, Figures] | None:
    """Return the sample in a row, None for none, and for one that another version has written differently."""
    try:
        return _decode(row) if row else None
    except msgspec.DecodeError:
        return None
