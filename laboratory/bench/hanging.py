"""A step that hangs on demand: until when it does stands in a file that one process alone is told of."""

import os
import time
from pathlib import Path

VARIABLE = "BENCH_HANG_FILE"


def hang_for(file: Path, seconds: float) -> None:
    """Let the process that was told of the file hang from now on."""
    written = file.with_suffix(".new")
    written.write_text(repr(time.time() + seconds), encoding="utf-8")
    written.rename(file)


def left_to_hang() -> float:
    """The seconds this process has to hang yet; none where nobody has told it to."""
    file = os.environ.get(VARIABLE)
    if file is None or not Path(file).exists():
        return 0.0
    return max(0.0, float(Path(file).read_text(encoding="utf-8")) - time.time())
