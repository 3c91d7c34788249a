"""The supervisor: who dies is started again, who dies too often ends the demo, nobody is left behind."""

import itertools
import os
import signal

import pytest

from laboratory.local.errors import LocalError
from laboratory.local.supervisor import DEATHS, Supervisor
from tests.laboratory.local.programs import SLEEP, is_alive, program, wait_for

SAY_AND_SLEEP = "import time; print('started', flush=True); time.sleep(600)"
# Writes its name when asked to end, so that the order of the ends can be read.
LAST_WORD = (
    "import signal, sys, time\n"
    "def end(*_):\n"
    "    open({path!r}, 'a').write({name!r} + ' ')\n"
    "    sys.exit(0)\n"
    "signal.signal(signal.SIGTERM, end)\n"
    "print('up', flush=True)\n"
    "time.sleep(600)\n"
)


@pytest.fixture
def changes():
    return []


@pytest.fixture
def supervisor(changes):
    made = Supervisor(on_change=lambda: changes.append("changed"), clock=lambda: 0.0)
    yield made
    made.stop_all()


def kill(supervisor: Supervisor, name: str) -> None:
    (pid,) = supervisor.read_pids()[name]
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not is_alive(pid))


def test_a_role_that_dies_alone_is_started_again_and_the_change_is_told(supervisor, changes, tmp_path):
    supervisor.start(program(tmp_path, "web", SLEEP))
    supervisor.start(program(tmp_path, "shards", SLEEP))
    before = supervisor.read_pids()
    kill(supervisor, "shards")
    supervisor.check()
    after = supervisor.read_pids()
    assert (after["web"], after["shards"] != before["shards"], changes) == (before["web"], True, ["changed"])
    assert (is_alive(*after["shards"]), supervisor.read_restarts()) == (True, {"shards": 1})


def test_nothing_happens_while_all_are_alive(supervisor, changes, tmp_path):
    supervisor.start(program(tmp_path, "web", SLEEP))
    before = supervisor.read_pids()
    supervisor.check()
    assert (supervisor.read_pids(), changes) == (before, [])


def test_the_fifth_death_within_a_minute_ends_it_with_the_name_and_the_last_lines(supervisor, tmp_path):
    supervisor.start(program(tmp_path, "queues", SAY_AND_SLEEP))
    for _ in range(DEATHS - 1):
        kill(supervisor, "queues")
        supervisor.check()
    kill(supervisor, "queues")
    with pytest.raises(LocalError) as raised:
        supervisor.check()
    first, *rest = str(raised.value).splitlines()
    assert first == "queues was ended by signal 9, for the 5th time within 60 s."
    assert set(rest) <= {"started"}


def test_deaths_further_apart_than_a_minute_are_forgiven(tmp_path):
    seconds = itertools.count(step=16)
    supervisor = Supervisor(clock=lambda: next(seconds))
    supervisor.start(program(tmp_path, "queues", SLEEP))
    for _ in range(DEATHS + 1):
        kill(supervisor, "queues")
        supervisor.check()
    assert supervisor.read_restarts() == {"queues": DEATHS + 1}
    supervisor.stop_all()


def test_the_death_of_what_all_stand_on_ends_it_at_once(supervisor, tmp_path):
    supervisor.start(
        program(tmp_path, "redis", "print('out of memory', flush=True); raise SystemExit(3)", is_vital=True)
    )
    wait_for(lambda: not is_alive(*supervisor.read_pids()["redis"]))
    with pytest.raises(LocalError, match=r"^redis ended with code 3\nout of memory$"):
        supervisor.check()


def test_a_child_that_may_end_and_has_done_its_work_is_let_go(supervisor, changes, tmp_path):
    supervisor.start(program(tmp_path, "simulator", "print('done')", may_end=True))
    wait_for(lambda: not is_alive(*supervisor.read_pids()["simulator"]))
    supervisor.check()
    assert (supervisor.is_running("simulator"), changes) == (False, [])


def test_a_child_that_may_end_but_failed_is_started_again(supervisor, tmp_path):
    supervisor.start(program(tmp_path, "simulator", "raise SystemExit(1)", may_end=True))
    wait_for(lambda: not is_alive(*supervisor.read_pids()["simulator"]))
    supervisor.check()
    assert supervisor.read_restarts() == {"simulator": 1}


def test_roles_are_stopped_in_reverse_order_and_before_what_they_stand_on(supervisor, tmp_path):
    words = tmp_path / "words"
    for name in ("redis", "web", "beat"):
        code = LAST_WORD.format(path=str(words), name=name)
        child = supervisor.start(program(tmp_path, name, code, is_vital=name == "redis"))
        wait_for(lambda: child.read_last_lines() == "up")  # noqa: B023 - asked at once
    pids = [pid for (pid,) in supervisor.read_pids().values()]
    supervisor.stop_all()
    told = words.read_text().split()
    assert (set(told[:2]), told[2], [is_alive(pid) for pid in pids]) == (
        {"web", "beat"},
        "redis",
        [False] * 3,
    )
    assert supervisor.read_pids() == {}
