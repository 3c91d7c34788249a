"""Waiting for something to come to hold, instead of for a time to pass."""

import time
from collections.abc import Callable
from typing import Any


def wait_for(holds: Callable[[], Any], seconds: float = 5.0) -> Any:
    """What `holds` gives once it gives something; fails when it does not in time."""
    ends_at = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < ends_at, f"did not come to hold within {seconds} s"
        time.sleep(0.005)
    return found
