"""One child process: started in a group of its own, on a leash, with its output in a file."""

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

LEASH = Path(__file__).with_name("leash.py")
KILL_AFTER_S = 10.0
LAST_LINES = 15
LAST_BYTES = 20_000


@dataclass(frozen=True)
class Program:
    """What a child runs, with its whole environment and the file that takes its output.

    `when_orphaned` is the signal it gets when its parent dies without stopping it. `is_ready` says whether
    it does its work yet. The death of a child that `is_vital` ends the run; others are started again, but
    for one that `may_end` and says with code 0 that its work is done.
    """

    name: str
    command: tuple[str, ...]
    environment: Mapping[str, str]
    log: Path
    folder: Path | None = None
    when_orphaned: signal.Signals = signal.SIGKILL
    is_ready: Callable[[], bool] | None = None
    is_vital: bool = False
    may_end: bool = False


@dataclass
class Child:
    """A running program; `pid` is also the id of its process group."""

    program: Program
    process: subprocess.Popen[bytes]
    started_at: float = field(default_factory=time.monotonic)

    @property
    def pid(self) -> int:
        """The process id."""
        return self.process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative: the signal that ended it."""
        return self.process.poll()

    def wait_ready(self, timeout_s: float) -> None:
        """Wait until the program does its work; raises `LocalError` with its last lines if it never does."""
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

    def ask_to_stop(self) -> None:
        """Send SIGTERM to the whole group."""
        self.send(signal.SIGTERM)

    def stop(self, timeout_s: float = KILL_AFTER_S) -> None:
        """SIGTERM, and SIGKILL to whatever is left of the group after `timeout_s` seconds."""
        self.ask_to_stop()
        self.wait_or_kill(timeout_s)

    def wait_or_kill(self, timeout_s: float) -> None:
        """Wait for the end, and send SIGKILL to whatever is left of the group after `timeout_s` seconds."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(max(0.0, timeout_s))
        self.send(signal.SIGKILL)
        self.process.wait()

    def read_last_lines(self, count: int = LAST_LINES) -> str:
        """The end of what the program has written, to explain its death."""
        with self.program.log.open("rb") as log:
            log.seek(0, os.SEEK_END)
            log.seek(max(0, log.tell() - LAST_BYTES))
            lines = log.read().decode(errors="replace").splitlines()
        return "\n".join(lines[-count:])

    def send(self, number: signal.Signals) -> None:
        """Send the signal to the whole group, if there is anybody left in it."""
        try:
            os.killpg(self.pid, number)
        except (ProcessLookupError, PermissionError):
            # The group is empty; macOS says PermissionError when only a zombie is left in it.
            return


def start_child(program: Program) -> Child:
    """Start the program; to be called from the main thread, since the leash is tied to the calling thread."""
    program.log.parent.mkdir(parents=True, exist_ok=True)
    leash = (sys.executable, "-I", "-S", str(LEASH), str(os.getpid()), str(int(program.when_orphaned)))
    with program.log.open("ab") as log:
        process = subprocess.Popen(  # noqa: S603 - the commands are our own
            (*leash, *program.command),
            env=dict(program.environment),
            cwd=program.folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            process_group=0,
        )
    return Child(program, process)
