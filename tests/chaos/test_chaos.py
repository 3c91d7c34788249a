"""The storm in small: real workers killed, deployed and paused, in good weather and bad; nothing is lost."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chaos.storm import plan_faults
from tests.distribution import heavy

ROOT = Path(__file__).resolve().parents[2]
# It takes a minute on a machine that has nothing else to do; only one that hangs takes so long.
WITHIN_S = 900


@heavy
@pytest.mark.slow
def test_whatever_is_done_to_the_workers_nothing_is_lost_or_told_twice(tmp_path):
    report = tmp_path / "chaos.json"
    command = [sys.executable, "-m", "tests.chaos", "--short", "--workers", "3", "--report", str(report)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=WITHIN_S, check=False)
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    told = json.loads(report.read_text())
    assert {name: told[name] for name in ("kills", "lost", "duplicate_effects", "order_violations")} == {
        "kills": 2,
        "lost": 0,
        "duplicate_effects": 0,
        "order_violations": 0,
    }
    assert len(told["recovery_ms"]) == 3
    assert told["changes"] > 0


@pytest.mark.parametrize("kills", [1, 10, 200])
def test_a_storm_kills_as_often_as_it_was_asked_to(kills):
    faults = list(plan_faults(kills))
    assert sum(fault.lower() == "kill" for fault in faults) == kills
    assert {"deploy", "restart_redis", "restart_aws"} <= set(faults)
