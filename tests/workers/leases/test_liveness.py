"""Liveness: a process is alive if its file was touched within the last minute."""

import os
import subprocess
import sys

import pytest

from tests.house.sources import ROOT
from workers.leases.liveness import ALIVE_WITHIN_S, is_alive, touch_liveness_file


def test_a_process_is_alive_for_a_minute_after_its_file_was_touched(tmp_path):
    file = tmp_path / "run" / "swiftlogix" / "alive"
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


def test_touching_an_old_file_again_makes_its_process_alive(tmp_path):
    file = tmp_path / "alive"
    touch_liveness_file(file)
    os.utime(file, (1000.0, 1000.0))
    assert not is_alive(file, 2000.0)
    touch_liveness_file(file)
    assert is_alive(file, file.stat().st_mtime)


def test_a_process_is_dead_sixty_seconds_after_its_last_touch_or_without_a_file(tmp_path):
    file = tmp_path / "alive"
    touch_liveness_file(file)
    os.utime(file, (1000.0, 1000.0))
    answers = [is_alive(file, 1000.0 + passed) for passed in (59.9, 60.0)]
    assert (answers, is_alive(tmp_path / "none", 1000.0)) == ([True, False], False)
