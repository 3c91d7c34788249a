"""A demo with a role killed in the middle loses nothing, by its own report."""

import json
import os
import signal
import subprocess
import sys

import pytest

from tests.distribution import heavy
from tests.long_runs import LONG
from tests.system.product import ROOT
from tests.waiting import wait_for

READY_WITHIN_S = 180

pytestmark = [pytest.mark.slow, heavy]


def test_a_demo_whose_shards_role_is_killed_reports_nothing_lost_or_notified_twice(tmp_path):
    report, demo_file = tmp_path / "out.json", tmp_path / "var" / "demo.json"
    options = ("--for", "20" if LONG else "8", "--vehicles", "20", "--rate", "10", "--seed", "7")
    with subprocess.Popen(
        (sys.executable, "manage.py", "demo", *options, "--report", report, "--var", tmp_path / "var"),
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")},
        stdout=subprocess.PIPE,
        text=True,
    ) as demo:
        wait_for(
            lambda: demo_file.exists() and json.loads(demo_file.read_text())["example"],
            READY_WITHIN_S,
            "the demo",
        )
        for pid in json.loads(demo_file.read_text())["processes"]["shards"]:
            os.kill(pid, signal.SIGKILL)
        output, _ = demo.communicate(timeout=300)
    assert (demo.returncode, output.splitlines()[-4].partition(":")[0]) == (0, "events")
    written = json.loads(report.read_text())
    assert (written["events"]["lost"], written["changes"]["delivered_twice"], written["restarts"]) == (
        0,
        0,
        {"shards": 1},
    )
    assert written["events"]["put"] == sum(
        written["events"][name] for name in ("recorded", "quarantined", "duplicates", "lost")
    )
    assert written["changes"]["delivered"] > 0
    assert written["latency_ms"]["stream_to_screen"]["p50"] is not None
