"""How values are made and written: frozen, without what is at its default, times as text that sorts."""

from datetime import UTC, datetime
from functools import lru_cache

import msgspec


class Struct(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A frozen value; fields at their default are not written out."""


# One event's time is written some thirty times: in its key, its order, its row, its state and its frame.
@lru_cache(8192)
def format_time(moment: datetime) -> str:
    """RFC 3339 UTC with exactly three decimals and `Z`, so that string order is time order."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
