"""Expiry in the emulator's stream, looked for every few seconds and not at each call.

At each call of the stream the emulator looks at every record of every shard, and at every cursor of the last
five minutes, whether it has expired: after an hour of a demo at 72,000 records and 13,000 cursors, 45 times a
second.
"""

import time
from collections.abc import Callable

from cachetools import TTLCache, cached
from ministack.services import kinesis

# Records are kept for a day at least, and a cursor is looked at when it is used.
EVERY_S = 10.0


def expire_seldom(timer: Callable[[], float] = time.monotonic) -> None:
    """Let the emulator look for what has expired every ten seconds; call it once, before it starts."""
    for name in ("_expire_records", "_expire_iterators"):
        kept = cached(TTLCache(maxsize=1, ttl=EVERY_S, timer=timer), key=lambda *_: None)
        setattr(kinesis, name, kept(getattr(kinesis, name)))
