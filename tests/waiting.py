"""Waiting for a condition instead of for a time."""

import time
from collections.abc import Callable
from typing import Any

# A limit for a condition that never becomes true, not for speed: a busy machine may pause for seconds.
PATIENCE_S = 180.0
PAUSE_S = 0.005
# Between reads of the public answer, which one address may read sixty times in a minute.
PUBLIC_PAUSE_S = 1.0


def wait_for(
    holds: Callable[[], Any], seconds: float = PATIENCE_S, what: str = "it", pause_s: float = PAUSE_S
) -> Any:
    """Return the first true value of `holds()`; fail if there is none within so many seconds."""
    ends_at = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < ends_at, f"{what} did not come to hold within {seconds:.0f} s"
        time.sleep(pause_s)
    return found
