"""Liveness: a process is alive if its file was touched within the last minute."""

import subprocess
import sys

import pytest

from tests.house.sources import ROOT
from workers.leases.liveness import ALIVE_WITHIN_S, is_alive, touch_liveness_file


def test_a_process_is_alive_for_a_minute_after_its_file_was_touched(tmp_path):
    file = tmp_path / "run" / "alive"
    touch_liveness_file(file)
    touched_at = file.stat().st_mtime
    answers = [is_alive(file, touched_at + passed) for passed in (0, ALIVE_WITHIN_S - 1, ALIVE_WITHIN_S)]
    assert answers == [True, True, False]


@pytest.mark.parametrize(("is_touched", "code"), [(True, 0), (False, 1)])
def test_the_command_answers_by_its_exit_code(tmp_path, is_touched, code):
    file = tmp_path / "alive"
    if is_touched:
        touch_liveness_file(file)
    command = (sys.executable, "-m", "workers.leases.liveness", str(file))
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "")
