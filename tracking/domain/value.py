"""Base struct of all values, and the text form of times."""

from datetime import UTC, datetime
from functools import lru_cache

import msgspec


class Struct(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Frozen value; fields at their default are left out of its JSON."""


# Cached because the time of one event is formatted some thirty times: key, order, row, state, frame.
@lru_cache(8192)
def format_time(moment: datetime) -> str:
    """Return the instant as RFC 3339 UTC with exactly three decimals and `Z`: text order is time order."""
    moment = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    # `2026-11-22T07:05:00.123456Z`, without the fraction if it is 0; `isoformat()` takes ten times as long.
    text: str = msgspec.to_builtins(moment)
    return f"{text[:23]}Z" if moment.microsecond else f"{text[:19]}.000Z"
