"""Describes the AWS emulator as a child process, with one loopback port and its state in one folder."""

import os
import signal
import sys
from pathlib import Path

from laboratory.local.addresses import LOOPBACK, is_listening
from laboratory.local.children import Program

GUARDED = Path(__file__).with_name("guarded_emulator.py")
OUR_MODULES = Path(__file__).parents[2]
# Where the emulator answers with the numbers of calls since its start, by role and operation.
CALLS_PATH = "/_laboratory/calls"
# The services that data.yaml and the product use; others are not loaded.
SERVICES = "cloudformation,dynamodb,events,kinesis,s3,sns,sqs,sts,iam"


def describe_emulator(
    folder: Path, log: Path, port: int, region: str, access_key: str, services: str = SERVICES
) -> Program:
    """Return the emulator as a program; it keeps its state under `folder` and saves it on SIGTERM.

    It answers only requests that name the access key. `services` are those that it loads.
    """
    temporary = folder / "tmp"
    temporary.mkdir(parents=True, exist_ok=True)
    return Program(
        name="aws",
        # `-P`: modules beside the program must not hide those of packages.
        command=(sys.executable, "-P", str(GUARDED)),
        environment=_environment(folder, temporary, port, region)
        | {"SERVICES": services, "EMULATOR_ACCESS_KEY": access_key, "EMULATOR_CALLS_PATH": CALLS_PATH},
        log=log,
        # It saves its state only on an orderly stop, and stops at once.
        parent_death_signal=signal.SIGTERM,
        is_ready=lambda: is_listening(port),
        is_vital=True,
    )


def _environment(folder: Path, temporary: Path, port: int, region: str) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(temporary),
        # For the modules of ours that it imports; `-P` takes the program's own folder from the path.
        "PYTHONPATH": str(OUR_MODULES),
        "TMPDIR": str(temporary),
        # Without this the emulator would listen on every interface.
        "BIND_HOST": LOOPBACK,
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": region,
        "PERSIST_STATE": "1",
        "STATE_DIR": str(folder / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(folder / "s3"),
        # These two would listen on fixed ports of their own.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # Keep the emulator from removing containers on this machine.
        "DOCKER_HOST": "unix:///dev/null",
        "LOG_LEVEL": "WARNING",
        "PYTHONUNBUFFERED": "1",
    }
