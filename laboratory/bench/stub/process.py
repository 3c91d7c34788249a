"""Starts the stub as a child process, prepares its runs and reads its counts."""

import json
import os
import sys
import urllib.request
from pathlib import Path
from typing import Any

import trustme

from laboratory.bench.machine import ROOT, choose_other_cores, pin, read_cpu_s
from laboratory.local.addresses import LOOPBACK
from laboratory.local.children import Program, start_child

READY_WITHIN_S = 60.0
# A run of 300,000 records is made in a tenth of this time.
ANSWER_WITHIN_S = 300.0


class StubProcess:
    """Running stub; `folder` takes its log, its ports and its temporary certificates."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        ports, server, self._authority = folder / "ports.json", folder / "server.pem", folder / "ca.pem"
        ports.unlink(missing_ok=True)
        authority = trustme.CA()
        certificate = authority.issue_cert("localhost", LOOPBACK)
        authority.cert_pem.write_to_path(str(self._authority))
        certificate.private_key_and_cert_chain_pem.write_to_path(str(server))
        self._child = start_child(
            Program(
                name="stub",
                command=(sys.executable, "-m", "laboratory.bench.stub", str(ports), str(server)),
                environment=dict(os.environ) | {"PYTHONPATH": str(ROOT)},
                log=folder / "stub.log",
                folder=ROOT,
                is_ready=ports.exists,
            )
        )
        self._child.wait_ready(READY_WITHIN_S)
        pin(self._child.pid, choose_other_cores())
        self._ports: dict[str, int] = json.loads(ports.read_text(encoding="utf-8"))

    def environment(self, *, tls: bool) -> dict[str, str]:
        """Return the environment variables of a client: endpoint, region, keys and the CA certificate."""
        address = f"https://{LOOPBACK}:{self._ports['tls']}" if tls else self._plain
        return {
            "AWS_ENDPOINT_URL": address,
            "AWS_REGION": "ap-south-1",
            "AWS_DEFAULT_REGION": "ap-south-1",
            "AWS_ACCESS_KEY_ID": "stub",
            "AWS_SECRET_ACCESS_KEY": "stub",
            "AWS_CA_BUNDLE": str(self._authority),
        }

    def start_run(self, task: dict[str, Any]) -> float:
        """Discard the previous run and make the records of this one; return when the first arrives."""
        return float(json.loads(self._ask("/stub/run", json.dumps(task).encode()))["begins_at"])

    def read_counts(self) -> dict[str, int]:
        """Return the counts of the current run."""
        return dict(json.loads(self._ask("/stub/counts", b"")))

    def read_cpu_s(self) -> float:
        """Return the CPU seconds it has used."""
        return read_cpu_s(self._child.pid)

    def stop(self) -> None:
        """Stop the stub."""
        self._child.stop()

    @property
    def _plain(self) -> str:
        return f"http://{LOOPBACK}:{self._ports['plain']}"

    def _ask(self, path: str, body: bytes) -> bytes:
        request = urllib.request.Request(self._plain + path, data=body)  # noqa: S310 - our own stub
        with urllib.request.urlopen(request, timeout=ANSWER_WITHIN_S) as answer:  # noqa: S310 - as above
            return bytes(answer.read())
