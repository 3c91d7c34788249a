"""Liveness: who asks learns whether the keeper and all its stints have lately shown life."""

import subprocess
import sys

import pytest

from tests.house.sources import ROOT
from workers.leases.liveness import ALIVE_WITHIN_S, is_alive, show_life


def test_a_process_is_alive_for_a_minute_after_it_has_shown_life(tmp_path):
    file = tmp_path / "run" / "alive"
    show_life(file)
    shown_at = file.stat().st_mtime
    asked = [is_alive(file, shown_at + passed) for passed in (0, ALIVE_WITHIN_S - 1, ALIVE_WITHIN_S)]
    assert asked == [True, True, False]


@pytest.mark.parametrize(("has_shown", "code"), [(True, 0), (False, 1)])
def test_the_command_answers_by_its_exit_code(tmp_path, has_shown, code):
    file = tmp_path / "alive"
    if has_shown:
        show_life(file)
    command = (sys.executable, "-m", "workers.leases.liveness", str(file))
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "")
