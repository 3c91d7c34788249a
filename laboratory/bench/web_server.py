"""Measured web servers: started as child processes on one core, their CPU time read from outside."""

from pathlib import Path

from laboratory.bench.http_load import make_request, send_all
from laboratory.bench.machine import ROOT, choose_measured_cores, pin, read_cpu_s
from laboratory.local.addresses import find_free_port
from laboratory.local.children import Program, start_child
from laboratory.local.errors import LocalError

READY_WITHIN_S = 90.0


class WebServer:
    """Running web server; `{port}` in its command is replaced by a free port."""

    def __init__(
        self, name: str, command: tuple[str, ...], environment: dict[str, str], log: Path, ready_path: str
    ) -> None:
        self.port = find_free_port()
        self._child = start_child(
            Program(
                name=name,
                command=tuple(word.format(port=self.port) for word in command),
                environment=environment | {"PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "0"},
                log=log,
                folder=ROOT,
                is_ready=lambda: self._answers(ready_path),
            )
        )
        pin(self._child.pid, choose_measured_cores())
        try:
            self._child.wait_ready(READY_WITHIN_S)
        except LocalError:
            self._child.stop()
            raise

    def read_cpu_s(self) -> float:
        """Return the CPU seconds of its processes: all threads, user and system."""
        return read_cpu_s(self._child.pid)

    @property
    def pid(self) -> int:
        """Id of its first process."""
        return self._child.pid

    def stop(self) -> None:
        """Stop the server."""
        self._child.stop()

    def _answers(self, path: str) -> bool:
        try:
            return set(send_all(self.port, [make_request(path)]).statuses) == {200}
        except OSError:
            return False
