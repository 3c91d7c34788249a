"""A demo with the servers of production: PostgreSQL, and Valkey where it is installed."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest

from laboratory.local.redis_server import VALKEY_MISSING
from tests.distribution import heavy
from tests.opt_in import only_with_a_postgres_server
from tests.system.product import ROOT
from tests.waiting import wait_for

READY_WITHIN_S = 180

pytestmark = [pytest.mark.slow, heavy]


@pytest.fixture
def var(tmp_path):
    """Folder of the demo; data that PostgreSQL keeps elsewhere, because root starts it, are removed too."""
    folder = tmp_path / "var"
    yield folder
    shutil.rmtree((folder / "postgres").resolve(), ignore_errors=True)


def start_demo(var: Path, *options: str, path: str = os.environ["PATH"]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        (sys.executable, "manage.py", "demo", "--var", var, *options),
        cwd=ROOT,
        env={"PATH": path, "HOME": str(var.parent)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@only_with_a_postgres_server()
def test_a_demo_on_postgresql_loses_nothing_and_stores_its_bookings_there(var, tmp_path):
    report = tmp_path / "out.json"
    fleet = ("--for", "10", "--vehicles", "5", "--rate", "5")
    with start_demo(var, "--database", "postgres", "--report", str(report), *fleet) as demo:
        described = var / "demo.json"
        wait_for(
            lambda: described.exists() and json.loads(described.read_text())["example"],
            READY_WITHIN_S,
            "the demo",
        )
        with psycopg.connect(json.loads(described.read_text())["database"]) as database:
            booked = database.execute("SELECT count(*) > 0 FROM tracking_shipment").fetchall()
        _, errors = demo.communicate(timeout=300)
    assert (demo.returncode, errors, booked) == (0, "", [(True,)])
    assert json.loads(report.read_text())["events"]["lost"] == 0


def test_a_demo_without_the_valkey_it_is_to_use_says_what_to_install(var, tmp_path):
    (tmp_path / "bin").mkdir()
    with start_demo(var, "--broker", "valkey", path=str(tmp_path / "bin")) as demo:
        _, errors = demo.communicate(timeout=300)
    assert demo.returncode == 1
    assert errors.strip() == VALKEY_MISSING
