"""One kill of the role `queues`, three in a long run, and the audit that compares arrivals with kills."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chaos.webhook_kills import ENDPOINTS, Findings, audit
from tests.distribution import heavy
from tests.long_runs import LONG
from tests.opt_in import only_with

ROOT = Path(__file__).resolve().parents[2]
# It takes a minute on an idle machine; only a hanging run takes this long.
WITHIN_S = 900


def run_kills(folder, kills, within_s):
    report = folder / "kills.json"
    command = [sys.executable, "-m", "tests.chaos.webhook_kills", "--kills", str(kills)]
    done = subprocess.run(
        [*command, "--report", str(report)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=within_s,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr[-4000:]
    written = json.loads(report.read_text())
    assert {name: written[name] for name in ("kills", "missing", "unexplained_repeats")} == {
        "kills": kills,
        "missing": 0,
        "unexplained_repeats": 0,
    }
    assert written["changes"] > kills


@heavy
@pytest.mark.slow
def test_kills_of_the_process_lose_no_webhook_and_repeat_only_what_was_being_sent(tmp_path):
    run_kills(tmp_path, 3 if LONG else 1, WITHIN_S)


@heavy
@pytest.mark.slow
@only_with("CHAOS_LONG", "make chaos-long")
def test_fifty_kills_lose_no_webhook_and_repeat_only_what_was_being_sent(tmp_path):
    run_kills(tmp_path, 50, 10 * WITHIN_S)


def test_the_audit_finds_what_is_missing_and_what_came_twice_without_a_kill_between():
    everywhere = {(endpoint, "msg_1"): [10.0] for endpoint in range(ENDPOINTS)}
    arrivals = everywhere | {(0, "msg_1"): [10.0, 12.0], (1, "msg_1"): [10.0, 10.5], (2, "msg_1"): []}
    assert audit(arrivals, ["msg_1"], [11.0]) == Findings(["msg_1 to 2"], ["msg_1 to 0"], ["msg_1 to 1"])
