"""Switch that makes one process hang: a file holds the time until which it hangs.

Only a process whose environment names the file in `BENCH_HANG_FILE` looks at it.
"""

import os
import time
from pathlib import Path

HANG_FILE_VARIABLE = "BENCH_HANG_FILE"


def hang_for(file: Path, seconds: float) -> None:
    """Let the process that watches `file` hang for `seconds` from now on."""
    written = file.with_suffix(".new")
    written.write_text(repr(time.time() + seconds), encoding="utf-8")
    written.rename(file)


def read_remaining_hang_s() -> float:
    """Return the seconds this process still has to hang; 0 if it watches no file."""
    file = os.environ.get(HANG_FILE_VARIABLE)
    if file is None or not Path(file).exists():
        return 0.0
    return max(0.0, float(Path(file).read_text(encoding="utf-8")) - time.time())
