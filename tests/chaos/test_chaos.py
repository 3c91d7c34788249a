"""A short chaos run: real workers are killed and deployed, and nothing is lost.

A long run has three workers that are also paused and cut off, and restarts of emulator and Redis.
"""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chaos.fault_injector import plan_faults
from tests.distribution import heavy
from tests.long_runs import LONG

ROOT = Path(__file__).resolve().parents[2]
# Options, and how many kills they order.
SHORT_RUN = ("--short", "--workers", "2", "--rate", "10"), 1
LONG_RUN = ("--kills", "8", "--workers", "3"), 8
# It takes a minute on an idle machine; only a hanging run takes this long.
WITHIN_S = 900


@heavy
@pytest.mark.slow
def test_injected_faults_lose_nothing_and_repeat_no_effect(tmp_path):
    report = tmp_path / "chaos.json"
    options, kills = LONG_RUN if LONG else SHORT_RUN
    command = [sys.executable, "-m", "tests.chaos", *options, "--report", str(report)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=WITHIN_S, check=False)
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    written = json.loads(report.read_text())
    assert {name: written[name] for name in ("kills", "lost", "duplicate_effects", "order_violations")} == {
        "kills": kills,
        "lost": 0,
        "duplicate_effects": 0,
        "order_violations": 0,
    }
    assert len(written["recovery_ms"]) == 3
    assert written["faults"]["deploy"] > 0
    assert written["changes"] > 0


@pytest.mark.parametrize("kills", [1, 10, 200])
def test_a_plan_has_the_requested_number_of_kills(kills):
    faults = list(plan_faults(kills))
    assert sum(fault.lower() == "kill" for fault in faults) == kills
    assert {"deploy", "restart_redis", "restart_aws"} <= set(faults)
