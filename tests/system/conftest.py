"""A whole running product, started once for all tests of this folder as a newcomer starts it."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.system.product import Product

ROOT = Path(__file__).resolve().parent.parent.parent
READY_WITHIN_S = 120
GONE_WITHIN_S = 30


@pytest.fixture(scope="package")
def product(tmp_path_factory):
    """The embedded default without a fleet, all roles up; nothing of it is left afterwards."""
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
    told = var / "demo.json"
    ends_at = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < ends_at:
        if told.exists():
            return json.loads(told.read_text())
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise AssertionError(f"the product did not come up:\n{(var / 'demo.log').read_text()[-4000:]}")
