"""Waiting for something to come to hold, instead of for a time to pass."""

import time
from collections.abc import Callable
from typing import Any

# A bound for what never happens, not a limit on speed: a busy machine may stand still for seconds.
PATIENCE_S = 60.0
PAUSE_S = 0.005


def wait_for(holds: Callable[[], Any], seconds: float = PATIENCE_S, what: str = "it") -> Any:
    """What `holds` gives once it gives something true; fails when it never does."""
    ends_at = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < ends_at, f"{what} did not come to hold within {seconds:.0f} s"
        time.sleep(PAUSE_S)
    return found
