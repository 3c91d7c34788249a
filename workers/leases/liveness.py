"""Whether a process of leases still lives, as its container may ask: a file that its keeper keeps young.

`python -m workers.leases.liveness FILE` answers without loading anything else, so that asking often is cheap.
"""

import argparse
import sys
import time
from pathlib import Path

# With the table of leases out of reach a keeper needs half of it for one round. A process whose work is stuck
# has long been replaced by then; what is left to do is to end it.
ALIVE_WITHIN_S = 60.0


def show_life(file: Path) -> None:
    """Make the file young, with its folder where that is missing."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()


def is_alive(file: Path, now: float) -> bool:
    """Whether the file was made young within the last minute before `now` (seconds of the epoch)."""
    try:
        return now - file.stat().st_mtime < ALIVE_WITHIN_S
    except FileNotFoundError:
        return False


def main() -> int:
    """Exit code 0 for a process that lives, 1 for one that does not."""
    parser = argparse.ArgumentParser(prog="python -m workers.leases.liveness", description=__doc__)
    parser.add_argument("file", type=Path, help="what LIVENESS_FILE says to the process in question")
    return 0 if is_alive(parser.parse_args().file, time.time()) else 1


if __name__ == "__main__":
    sys.exit(main())
