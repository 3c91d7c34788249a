"""Emulator of AWS for the tests of the commands that deploy and rehearse."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from laboratory.local.addresses import LOOPBACK, find_free_port
from laboratory.local.children import start_child
from laboratory.local.emulator import describe_emulator

READY_WITHIN_S = 60.0


@contextmanager
def emulated_account(folder: Path, services: str) -> Iterator[str]:
    """Start an emulator with these services, between commas; yield its address."""
    port = find_free_port()
    program = describe_emulator(folder, folder / "aws.log", port, settings.AWS_REGION, "test", services)
    child = start_child(program)
    try:
        child.wait_ready(READY_WITHIN_S)
        yield f"http://{LOOPBACK}:{port}"
    finally:
        child.stop()
