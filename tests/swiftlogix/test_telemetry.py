"""No token or key is in any log, of whatever logger, of a real server with store, database and Redis away."""

import json
import subprocess
import sys
from contextlib import suppress

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from laboratory.local.addresses import find_free_port
from laboratory.local.children import start_child
from laboratory.local.environment import make_role_environment
from tests.house.sources import ROOT
from tests.swiftlogix.edge.wire import ask, describe_web
from tests.waiting import PATIENCE_S

SECRET = "vnHeN_1M976DAHwT6HpzTA"
KEY = f"slx_test_ab12cd34_{SECRET}"
PATHS = (
    f"/t/{SECRET}",
    f"/t/{SECRET}/proofs/x/",
    f"/api/proofs/{SECRET}:1tXyZa:{SECRET}",
    "/api/v1/shipments",
)


def test_every_logger_of_a_process_masks(tmp_path):
    environment = make_role_environment("shards") | {"PLANTED_SECRET": SECRET}
    program = [sys.executable, "-m", "tests.swiftlogix.planting"]
    done = subprocess.run(program, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, done.stderr, SECRET in done.stdout) == (1, "", False)
    # One line of structlog, one of each logger, the warning, the thread and the end.
    assert len(lines) == 12
    assert all("/t/***" in json.dumps(line) for line in lines)


@pytest.mark.slow
def test_a_server_without_its_stores_logs_no_token(tmp_path):
    port = find_free_port()
    log = tmp_path / "web.log"
    nowhere = {"DATABASE_URL": "sqlite:////nowhere/db.sqlite3"}
    child = start_child(describe_web(port, log, "--access-log", **nowhere))
    child.wait_ready(PATIENCE_S)
    headers = {"Authorization": f"Bearer {KEY}", "Cookie": f"sessionid={SECRET}; unlocked_0a1b2c3d={SECRET}"}
    for path in PATHS:
        ask(port, "GET", path, **headers)
        ask(port, "POST", path, b"secret=1234", **headers)
    for path in ("track", "page", "nope"):
        address = f"ws://127.0.0.1:{port}/ws/{path}/{SECRET}/"
        with connect(address, origin="http://127.0.0.1:8000") as opened, suppress(ConnectionClosed):
            opened.recv(timeout=PATIENCE_S)
    child.stop()
    written = log.read_text()
    assert SECRET not in written
    assert {masked for masked in ("/t/***", "/ws/track/***", "/api/proofs/***") if masked in written} == {
        "/t/***",
        "/ws/track/***",
        "/api/proofs/***",
    }
    assert "exception" in written


@pytest.mark.slow
def test_a_request_with_a_foreign_host_is_refused_and_writes_no_line(tmp_path):
    port = find_free_port()
    log = tmp_path / "web.log"
    child = start_child(describe_web(port, log))
    child.wait_ready(PATIENCE_S)
    status = ask(port, "GET", "/tracking/x", Host="scanner.example").status
    child.stop()
    assert (status, log.read_text()) == (400, "")
