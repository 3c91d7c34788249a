"""Expiry in the emulator's stream, looked for every few seconds and not at each call.

At each call of the stream the emulator looks at every record of every shard, and at every cursor of the last
five minutes, whether it has expired: after an hour of a demo at 72,000 records and 13,000 cursors, 45 times a
second.
"""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from ministack.services import kinesis

# Records are kept for a day at least, and a cursor is looked at when it is used.
EVERY_S = 10.0


def expire_seldom() -> None:
    """Let the emulator look for what has expired every ten seconds; call it once, before it starts."""
    kinesis._expire_records = at_most_every(EVERY_S, kinesis._expire_records)  # noqa: SLF001 - not public
    kinesis._expire_iterators = at_most_every(EVERY_S, kinesis._expire_iterators)  # noqa: SLF001 - as above


def at_most_every(
    seconds: float, work: Callable[..., None], clock: Callable[[], float] = time.monotonic
) -> Callable[..., None]:
    """Return a function that does the work, and nothing if called again within so many seconds."""
    due = clock()

    @wraps(work)
    def work_if_due(*arguments: Any) -> None:
        nonlocal due
        now = clock()
        if now >= due:
            due = now + seconds
            work(*arguments)

    return work_if_due
