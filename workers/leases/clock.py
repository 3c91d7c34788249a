"""Clock that lease ages are measured with, and the name of this process as a lease owner."""

import os
import secrets
import socket
import time
from collections.abc import Callable

Clock = Callable[[], float]


def steady_clock() -> float:
    """Return seconds on a clock that also runs while the machine sleeps, so a resumed owner sees it is late.

    Values are never compared between hosts.
    """
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


def name_owner() -> str:
    """Return a new owner name for this process: `<host>:<process id>:<eight random hex digits>`."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
