"""Starts a measured program as a child process, pins it to one core and sends it one task per round."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from laboratory.bench.machine import ROOT, choose_measured_cores, pin
from laboratory.local.errors import LocalError

STOP_AFTER_S = 5.0

# Whatever a demo in the folder of this checkout has set: nothing is traced, and peers have no packages for it.
PLAIN = {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0", "OTEL_TRACES_EXPORTER": "none"}


class MeasuredProcess:
    """Child process that answers tasks as in `laboratory/bench/task_server.py`; stderr goes to `log`.

    It is pinned to `cores`, by default to those of measured processes.
    """

    def __init__(
        self,
        python: Path,
        module: str,
        environment: dict[str, str],
        log: Path,
        cores: set[int] | None = None,
    ) -> None:
        log.parent.mkdir(parents=True, exist_ok=True)
        self._log = log
        with log.open("wb") as errors:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                (str(python), "-m", module),
                cwd=ROOT,
                env=os.environ | PLAIN | environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        pin(self._process.pid, cores or choose_measured_cores())

    def run(self, task: dict[str, Any]) -> dict[str, Any]:
        """Send a task and return the answer.

        Raises `LocalError` with the last lines of its log if the process ends first.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps(task) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            last = self._log.read_text(encoding="utf-8", errors="replace").splitlines()[-15:]
            raise LocalError("\n".join(["A measured process ended unexpectedly.", *last]))
        return dict(json.loads(line))

    def stop(self) -> None:
        """Close its stdin, which ends it; kill it if it has not ended after `STOP_AFTER_S`."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(STOP_AFTER_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
