"""Child processes: started, waited for, ended with all that they started."""

import os
import signal
import subprocess
import sys
import textwrap

import pytest

from laboratory.local.children import start_child
from laboratory.local.errors import LocalError
from tests.laboratory.local.programs import (
    SLEEP,
    STUBBORN,
    WITH_GRANDCHILD,
    first_line,
    is_alive,
    program,
)
from tests.opt_in import only_on_linux
from tests.waiting import wait_for


@pytest.fixture
def start(tmp_path):
    children = []

    def run(name: str, code: str, **more: object):
        children.append(start_child(program(tmp_path, name, code, **more)))
        return children[-1]

    yield run
    for child in children:
        child.stop(0)


def test_a_child_leads_a_process_group_of_its_own(start):
    child = start("sleeper", SLEEP)
    assert (os.getpgid(child.pid), os.getpgid(child.pid) == os.getpgrp()) == (child.pid, False)


def test_what_a_child_writes_is_kept_and_added_to_by_the_next_run(start, tmp_path):
    for _ in range(2):
        start("speaker", "import sys; print('out'); print('err', file=sys.stderr)").process.wait()
    assert sorted((tmp_path / "speaker.log").read_text().split()) == ["err", "err", "out", "out"]


def test_the_last_lines_are_read_without_reading_the_whole_log(start):
    child = start("writer", "for number in range(20_000): print('line', number)")
    child.process.wait()
    assert child.read_last_lines(2) == "line 19998\nline 19999"


def test_a_stopped_child_takes_its_own_children_with_it(start, tmp_path):
    child = start("parent", WITH_GRANDCHILD)
    grandchild = int(first_line(tmp_path / "parent.log"))
    child.stop()
    assert child.exit_code == -signal.SIGTERM
    wait_for(lambda: not is_alive(grandchild))


def test_a_child_that_does_not_listen_is_killed_after_its_time(start, tmp_path):
    child = start("stubborn", STUBBORN)
    first_line(tmp_path / "stubborn.log")
    child.stop(timeout_s=0.1)
    assert child.exit_code == -signal.SIGKILL


def test_a_child_that_ends_before_it_is_ready_is_reported_with_its_last_words(start):
    child = start("failing", "raise SystemExit('no disk')", is_ready=lambda: False)
    with pytest.raises(LocalError, match=r"failing ended with code 1\.\nno disk"):
        child.wait_ready(10)


def test_a_child_that_never_gets_ready_is_given_up(start):
    child = start("lazy", SLEEP, is_ready=lambda: False)
    with pytest.raises(LocalError, match=r"lazy was not ready after 0 s"):
        child.wait_ready(0.2)


@only_on_linux("there is no parent-death signal")
def test_a_child_does_not_outlive_a_parent_that_is_killed(tmp_path):
    starter = textwrap.dedent(
        f"""
        import time
        from pathlib import Path
        from laboratory.local.children import start_child
        from tests.laboratory.local.programs import SLEEP, STUBBORN, program
        children = [start_child(program(Path({str(tmp_path)!r}), name, code)) for name, code in
                    (("sleeper", SLEEP), ("stubborn", STUBBORN))]
        print(*(child.pid for child in children), flush=True)
        time.sleep(600)
        """
    )
    parent = subprocess.Popen([sys.executable, "-c", starter], stdout=subprocess.PIPE, text=True)
    pids = [int(word) for word in parent.stdout.readline().split()]
    first_line(tmp_path / "stubborn.log")
    assert [is_alive(pid) for pid in pids] == [True, True]
    parent.kill()
    parent.wait()
    wait_for(lambda: not any(is_alive(pid) for pid in pids))
    parent.stdout.close()
