"""Busy loop on the core of measured processes: what is measured beside it has half of the core."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from laboratory.bench.machine import choose_measured_cores, pin


@contextmanager
def sharing_core() -> Iterator[None]:
    """Run a loop with the same priority during the block."""
    loop = subprocess.Popen((sys.executable, "-c", "while True: pass"))
    try:
        pin(loop.pid, choose_measured_cores())
        yield
    finally:
        loop.kill()
        loop.wait()
