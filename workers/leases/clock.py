"""The clock of leases, which no other host ever sees, and the name of this process as an owner."""

import os
import secrets
import socket
import time
from collections.abc import Callable

Clock = Callable[[], float]


def steady_clock() -> float:
    """Seconds that go on while the machine sleeps, so that a resumed owner knows it is late."""
    return time.clock_gettime(time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic()


def name_owner() -> str:
    """A name for this process as a lease's owner: host, process id and eight random hex digits."""
    return f"{socket.gethostname()}:{os.getpid()}:{secrets.token_hex(4)}"
