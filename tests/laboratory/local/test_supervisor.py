"""Supervisor: dead children are restarted, repeated deaths end the demo, and no process is left behind."""

import itertools
import os
import signal

import pytest

from laboratory.local.errors import LocalError
from laboratory.local.supervisor import RESTART_LIMIT, Supervisor
from tests.laboratory.local.programs import SLEEP, is_alive, program, wait_for

SAY_AND_SLEEP = "import time; print('started', flush=True); time.sleep(600)"
# Writes its name on SIGTERM, so that the order of stopping can be read.
WRITES_NAME_ON_STOP = (
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
    running = Supervisor(on_change=lambda: changes.append("changed"), clock=lambda: 0.0)
    yield running
    running.stop_all()


def kill(supervisor: Supervisor, name: str) -> None:
    (pid,) = supervisor.read_pids()[name]
    os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not is_alive(pid))


def test_a_child_that_dies_is_restarted_and_the_change_is_reported(supervisor, changes, tmp_path):
    supervisor.start(program(tmp_path, "web", SLEEP))
    supervisor.start(program(tmp_path, "shards", SLEEP))
    before = supervisor.read_pids()
    kill(supervisor, "shards")
    supervisor.check()
    after = supervisor.read_pids()
    assert (after["web"], after["shards"] != before["shards"], changes) == (before["web"], True, ["changed"])
    assert (is_alive(*after["shards"]), supervisor.read_restarts()) == (True, {"shards": 1})


def test_children_that_are_alive_are_not_restarted(supervisor, changes, tmp_path):
    supervisor.start(program(tmp_path, "web", SLEEP))
    before = supervisor.read_pids()
    supervisor.check()
    assert (supervisor.read_pids(), changes) == (before, [])


def test_the_fifth_death_within_a_minute_raises_an_error_with_name_and_last_lines(supervisor, tmp_path):
    supervisor.start(program(tmp_path, "queues", SAY_AND_SLEEP))
    for _ in range(RESTART_LIMIT - 1):
        kill(supervisor, "queues")
        supervisor.check()
    kill(supervisor, "queues")
    with pytest.raises(LocalError) as raised:
        supervisor.check()
    first, *rest = str(raised.value).splitlines()
    assert first == "queues was ended by signal 9, for the 5th time within 60 s."
    assert set(rest) <= {"started"}


def test_deaths_spread_over_more_than_a_minute_do_not_end_the_run(tmp_path):
    seconds = itertools.count(step=16)
    supervisor = Supervisor(clock=lambda: next(seconds))
    supervisor.start(program(tmp_path, "queues", SLEEP))
    for _ in range(RESTART_LIMIT + 1):
        kill(supervisor, "queues")
        supervisor.check()
    assert supervisor.read_restarts() == {"queues": RESTART_LIMIT + 1}
    supervisor.stop_all()


def test_the_death_of_a_vital_child_raises_an_error_at_once(supervisor, tmp_path):
    supervisor.start(
        program(tmp_path, "redis", "print('out of memory', flush=True); raise SystemExit(3)", is_vital=True)
    )
    wait_for(lambda: not is_alive(*supervisor.read_pids()["redis"]))
    with pytest.raises(LocalError, match=r"^redis ended with code 3\nout of memory$"):
        supervisor.check()


def test_a_child_that_may_end_and_exits_with_code_0_is_not_restarted(supervisor, changes, tmp_path):
    supervisor.start(program(tmp_path, "simulator", "print('done')", may_end=True))
    wait_for(lambda: not is_alive(*supervisor.read_pids()["simulator"]))
    supervisor.check()
    assert (supervisor.is_running("simulator"), changes) == (False, [])


def test_a_child_that_may_end_but_fails_is_restarted(supervisor, tmp_path):
    supervisor.start(program(tmp_path, "simulator", "raise SystemExit(1)", may_end=True))
    wait_for(lambda: not is_alive(*supervisor.read_pids()["simulator"]))
    supervisor.check()
    assert supervisor.read_restarts() == {"simulator": 1}


def test_roles_are_stopped_before_the_vital_services(supervisor, tmp_path):
    words = tmp_path / "words"
    for name in ("redis", "web", "beat"):
        code = WRITES_NAME_ON_STOP.format(path=str(words), name=name)
        child = supervisor.start(program(tmp_path, name, code, is_vital=name == "redis"))
        wait_for(lambda: child.read_last_lines() == "up")  # noqa: B023 - called at once
    pids = [pid for (pid,) in supervisor.read_pids().values()]
    supervisor.stop_all()
    order = words.read_text().split()
    assert (set(order[:2]), order[2], [is_alive(pid) for pid in pids]) == (
        {"web", "beat"},
        "redis",
        [False] * 3,
    )
    assert supervisor.read_pids() == {}
