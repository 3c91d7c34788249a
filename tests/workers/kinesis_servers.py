"""Kinesis servers by others, as child processes. Unlike the local AWS they keep the lineage of shards."""

import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.test import override_settings

from laboratory.local.addresses import LOOPBACK, find_free_port, is_listening
from laboratory.local.children import Program, start_child
from tracking.adapters.aws import build_client

PACKAGE = "kinesis-local"
INSTALLED = Path(__file__).with_name("kinesis_local") / "node_modules" / PACKAGE
MOTO_SERVER = Path(__file__).with_name("moto_server.py")
PRELOAD = Path(__file__).with_name("loopback.cjs")
READY_WITHIN_S = 60
# They have no data to save.
STOP_WITHIN_S = 1


@contextmanager
def run_server(program: Program, port: int) -> Iterator[None]:
    """Run the program during the block, with all AWS clients pointed at it."""
    child = start_child(program)
    try:
        child.wait_ready(READY_WITHIN_S)
        with override_settings(AWS_ENDPOINT_URL=f"http://{LOOPBACK}:{port}"):
            build_client.cache_clear()
            yield
    finally:
        build_client.cache_clear()
        child.stop(STOP_WITHIN_S)


def describe_moto(folder: Path, port: int) -> Program:
    """Describe the server of moto, which never reports the end of a shard by a read."""
    return Program(
        name="moto",
        command=(sys.executable, str(MOTO_SERVER), "-H", LOOPBACK, "-p", str(port)),
        environment=_environment(folder),
        log=folder / "moto.log",
        is_ready=lambda: is_listening(port),
    )


def find_kinesis_local() -> Path | None:
    """Return the folder of the npm package that `make chaos-long` installs, or None."""
    return INSTALLED if (INSTALLED / "main.js").is_file() else None


def describe_kinesis_local(package: Path, folder: Path, port: int) -> Program:
    """Describe kinesis-local, which names the children at the end of a shard, as Kinesis does."""
    return Program(
        name=PACKAGE,
        command=(shutil.which("node") or "node", "--require", str(PRELOAD), str(package / "main.js")),
        environment=_environment(folder)
        | {
            "AWS_REGION": settings.AWS_REGION,
            "KINESIS_MOCK_PLAIN_PORT": str(port),
            "KINESIS_MOCK_TLS_PORT": str(find_free_port()),
            "KINESIS_MOCK_CERT_PATH": str(package / "server.json"),
        },
        log=folder / f"{PACKAGE}.log",
        is_ready=lambda: is_listening(port),
    )


def _environment(folder: Path) -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "HOME": str(folder)}
