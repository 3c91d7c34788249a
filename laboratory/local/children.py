"""Starts child processes that end with their parent, each with its own process group and log file."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from laboratory.local.addresses import wait_until
from laboratory.local.errors import LocalError

PARENT_WATCH = Path(__file__).with_name("parent_watch.py")
KILL_AFTER_S = 10.0
LAST_LINES = 15
LAST_BYTES = 20_000


@dataclass(frozen=True)
class Program:
    """Command of a child process, with its complete environment and its log file.

    `parent_death_signal` is sent to it when its parent dies without stopping it. `is_ready` tests whether it
    has finished starting. If a child that `is_vital` ends, the run ends; others are restarted, except one
    that `may_end` and has ended with code 0.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    folder: Path | None = None
    parent_death_signal: signal.Signals = signal.SIGKILL
    is_ready: Callable[[], bool] | None = None
    is_vital: bool = False
    may_end: bool = False


@dataclass
class Child:
    """Started program; `pid` is also the id of its process group."""

    program: Program
    process: subprocess.Popen[bytes]
    started_at: float = field(default_factory=time.monotonic)

    @property
    def pid(self) -> int:
        """Return the process id."""
        return self.process.pid

    @property
    def exit_code(self) -> int | None:
        """Return None while it runs, then its exit code; negative is the signal that ended it."""
        return self.process.poll()

    def wait_ready(self, timeout_s: float) -> None:
        """Wait until the program is ready.

        Raises `LocalError` with its last lines if it ends or takes too long.
        """
        is_ready = self.program.is_ready
        if is_ready is None:
            return
        wait_until(lambda: self.exit_code is not None or is_ready(), timeout_s)
        if self.exit_code is not None:
            raise LocalError(
                f"{self.program.name} ended with code {self.exit_code}.\n{self.read_last_lines()}"
            )
        if not is_ready():
            raise LocalError(
                f"{self.program.name} was not ready after {timeout_s:.0f} s.\n{self.read_last_lines()}"
            )

    def request_stop(self) -> None:
        """Send SIGTERM to the whole group."""
        self.send(signal.SIGTERM)

    def stop(self, timeout_s: float = KILL_AFTER_S) -> None:
        """Send SIGTERM to the whole group, and SIGKILL to what is left of it after `timeout_s` seconds."""
        self.request_stop()
        self.wait_or_kill(timeout_s)

    def wait_or_kill(self, timeout_s: float) -> None:
        """Wait for the end, and send SIGKILL to what is left of the group after `timeout_s` seconds."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.0, timeout_s))
        self.send(signal.SIGKILL)
        self.process.wait()

    def read_last_lines(self, count: int = LAST_LINES) -> str:
        """Return the last lines of the program's log, to explain why it ended."""
        with self.program.log.open("rb") as log:
            log.seek(0, os.SEEK_END)
            log.seek(max(0, log.tell() - LAST_BYTES))
            lines = log.read().decode(errors="replace").splitlines()
        return "\n".join(lines[-count:])

    def send(self, number: signal.Signals) -> None:
        """Send the signal to the whole group, if any process is left in it."""
        try:
            os.killpg(self.pid, number)
        except (ProcessLookupError, PermissionError):
            # The group is empty; macOS raises PermissionError when only a zombie is left in it.
            return


def start_child(program: Program) -> Child:
    """Start the program.

    Call it from the main thread: the kernel sends the parent-death signal when the calling thread ends.
    """
    program.log.parent.mkdir(parents=True, exist_ok=True)
    parent_watch = (
        sys.executable,
        "-I",
        "-S",
        str(PARENT_WATCH),
        str(os.getpid()),
        str(int(program.parent_death_signal)),
    )
    with program.log.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - the commands are our own
            (*parent_watch, *program.command),
            env=dict(program.environment),
            cwd=program.folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
    return Child(program, process)
