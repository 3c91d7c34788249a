"""Liveness file of a process that works under leases: its lease renewer touches it while no run is stuck.

A container health check runs `python -m workers.leases.liveness FILE`. The check is cheap, since this module
imports nothing else of the product.
"""

import argparse
import sys
import time
from pathlib import Path

# One round of a lease renewer takes up to 30 s while the lease table cannot be reached. The work of a process
# that is stuck has long been taken over after this time, so the container can be restarted.
ALIVE_WITHIN_S = 60.0


def touch_liveness_file(file: Path) -> None:
    """Set the file's modification time to now; create the file and its directory where missing."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()


def is_alive(file: Path, now: float) -> bool:
    """Return whether the file was touched within `ALIVE_WITHIN_S` before `now` (epoch seconds)."""
    try:
        return now - file.stat().st_mtime < ALIVE_WITHIN_S
    except FileNotFoundError:
        return False


def main() -> int:
    """Return exit code 0 for a process that is alive, 1 for one that is not."""
    parser = argparse.ArgumentParser(prog="python -m workers.leases.liveness", description=__doc__)
    parser.add_argument("file", type=Path, help="value of LIVENESS_FILE in the environment of the process")
    return 0 if is_alive(parser.parse_args().file, time.time()) else 1


if __name__ == "__main__":
    sys.exit(main())
