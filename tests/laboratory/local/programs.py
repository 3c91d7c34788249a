"""Small programs to start as children, and ways to see what has become of them."""

import os
import sys
from pathlib import Path

from laboratory.local.children import Program
from tests.waiting import wait_for

SLEEP = "import time; time.sleep(600)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('up', flush=True); time.sleep(600)"
)
WITH_GRANDCHILD = (
    "import subprocess, sys, time;"
    f"child = subprocess.Popen([sys.executable, '-c', {SLEEP!r}]);"
    "print(child.pid, flush=True); time.sleep(600)"
)


def program(folder: Path, name: str, code: str, **more: object) -> Program:
    """A Python one-liner as a program; its output lies at `<folder>/<name>.log`."""
    return Program(
        name=name,
        command=(sys.executable, "-c", code),
        environment={"PATH": os.environ["PATH"]},
        log=folder / f"{name}.log",
        **more,
    )


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that is dead and waits to be collected does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def first_line(path: Path) -> str:
    """The first line a program has written, once it is whole."""
    return wait_for(lambda: path.exists() and "\n" in path.read_text() and path.read_text().splitlines()[0])
