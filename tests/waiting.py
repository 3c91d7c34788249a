"""Waiting for a condition instead of for a time."""

import time
from collections.abc import Callable
from typing import Any


def wait_for(holds: Callable[[], Any], seconds: float = 5.0) -> Any:
    """Return the first true value of `holds()`; fail if there is none within so many seconds."""
    ends_at = time.monotonic() + seconds
    while not (found := holds()):
        assert time.monotonic() < ends_at, f"did not come to hold within {seconds} s"
        time.sleep(0.005)
    return found
