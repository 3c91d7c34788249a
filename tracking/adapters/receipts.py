"""Latency figures of all processes in Redis: a hash for each slot of time, a field for each process."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import msgspec
import redis

from tracking.adapters.redis_client import make_redis_client
from tracking.domain.errors import TransientError
from tracking.receipts import SPANS, Slot, SlotFigures

PREFIX = "receipts"
# A reader shows the page without figures after this time.
TIMEOUT_S = 1.0

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(SlotFigures).decode


class RedisReceipts:
    """`ReceiptStore` in Redis; a slot expires with its key."""

    def __init__(self, redis_url: str) -> None:
        self._redis_url = redis_url

    def keep(self, process_id: str, figures: Mapping[Slot, SlotFigures]) -> None:
        """Replace the figures of a process in these slots, in one round trip."""
        pipeline = self._client.pipeline(transaction=False)
        for slot, each in figures.items():
            pipeline.hset(_name(slot), process_id, _encode(each))
            pipeline.expire(_name(slot), SPANS[slot.span].kept_s)
        self._run(pipeline)

    def read(self, slots: Sequence[Slot]) -> list[list[SlotFigures]]:
        """Return for each slot the figures of all processes that have any, in one round trip."""
        pipeline = self._client.pipeline(transaction=False)
        for slot in slots:
            pipeline.hvals(_name(slot))
        return [[figures for row in rows if (figures := _read(row))] for rows in self._run(pipeline)]

    @staticmethod
    def _run(pipeline: Any) -> list[Any]:
        try:
            answers: list[Any] = pipeline.execute()
        except redis.RedisError as error:
            raise TransientError(f"receipts: {error}") from error
        return answers

    @cached_property
    def _client(self) -> Any:
        # No retry: the next report or reader comes in a moment.
        return make_redis_client(self._redis_url, TIMEOUT_S)


def _name(slot: Slot) -> str:
    return f"{PREFIX}:{slot.span}:{slot.number}"


def _read(row: bytes) -> SlotFigures | None:
    """Return the figures in a row, None for one that another version has written in another form."""
    try:
        return _decode(row)
    except msgspec.DecodeError:
        return None
