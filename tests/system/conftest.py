"""Starts the whole product once for all tests of this folder, as a newcomer starts it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.product import Product
from tests.waiting import wait_for

ROOT = Path(__file__).resolve().parent.parent.parent
READY_WITHIN_S = 180
GONE_WITHIN_S = 60


@pytest.fixture(scope="package")
def product(tmp_path_factory):
    """Start a demo without a fleet, and stop it after the tests."""
    var = tmp_path_factory.mktemp("product")
    output = (var / "demo.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "manage.py", "demo", "--no-simulator", "--var", str(var)],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(var), "PYTHONUNBUFFERED": "1"},
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        yield Product(_wait_until_up(process, var), var, process.pid)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(GONE_WITHIN_S)
        output.close()


def _wait_until_up(process: subprocess.Popen[bytes], var: Path) -> dict:
    demo_file = var / "demo.json"
    wait_for(lambda: demo_file.exists() or process.poll() is not None, READY_WITHIN_S, "the product")
    assert demo_file.exists(), f"the product did not come up:\n{(var / 'demo.log').read_text()[-4000:]}"
    return json.loads(demo_file.read_text())
