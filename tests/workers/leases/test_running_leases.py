"""Running leases: how a process takes leases, goes on with those that follow, and drains."""

import threading

import pytest

from tests.waiting import PATIENCE_S, wait_for
from tests.workers.leases.clocks import Clock
from tests.workers.leases.workloads import GROUP, PlainWorkload, Work, work_until_stopped
from tracking.domain.errors import TransientError
from workers.adapters.memory_leases import MemoryLeases
from workers.leases.held import HeldLease, Hold
from workers.leases.ports import Lease
from workers.leases.running_leases import RunningLeases
from workers.leases.workload import StopSignal


@pytest.fixture
def table() -> MemoryLeases:
    leases = MemoryLeases()
    leases.add_missing([Lease(GROUP, f"shard#{name}") for name in "abc"])
    return leases


def make_running_leases(
    table: MemoryLeases, work: Work = work_until_stopped, slots: int = 2
) -> tuple[RunningLeases, PlainWorkload]:
    workload = PlainWorkload(work)
    return RunningLeases(workload, table, slots, threading.Event(), owner_id="me"), workload


def work_until(finished: threading.Event) -> Work:
    """Return work that ignores a request to end and lasts until `finished` is set."""

    def work(held: HeldLease, stop: StopSignal) -> list[Lease]:
        finished.wait()
        return []

    return work


def rows(table: MemoryLeases) -> list[Lease]:
    return table.read_group(GROUP).leases


def test_no_more_runs_begin_than_there_are_slots(table):
    running, _ = make_running_leases(table)
    first, second, third = rows(table)
    running.start(first)
    wait_for(lambda: len(running.read_runs()) == 1)
    task = threading.Thread(target=running.work, args=(second,), daemon=True)
    task.start()
    wait_for(lambda: len(running.read_runs()) == 2)
    assert running.work(third) is False
    running.drain.set()
    task.join(PATIENCE_S)
    wait_for(lambda: running.read_runs() == [])
    assert [lease.owner_id for lease in rows(table)] == [None] * 3


def test_a_lease_that_another_process_has_taken_is_left_alone_and_the_slot_stays_free(table):
    running, _ = make_running_leases(table, slots=1)
    seen = rows(table)[0]
    taken = table.take(seen, "other")
    assert running.work(seen) is False
    assert rows(table)[0] == taken
    running.start(rows(table)[1])
    wait_for(lambda: len(running.read_runs()) == 1)
    running.drain.set()


def test_a_run_that_reaches_its_time_limit_begins_again_at_once_under_the_next_epoch(table):
    epochs = []

    def work(held: HeldLease, stop: StopSignal) -> list[Lease]:
        epochs.append(held.lease.epoch)
        if len(epochs) == 3:
            held.end(0)
        return []

    running, workload = make_running_leases(table, work)
    assert running.work(rows(table)[0]) is True
    assert (epochs, workload.offered) == ([1, 2, 3], [])


def test_at_the_end_of_a_shard_one_child_is_taken_here_and_the_others_are_offered(table):
    worked = []

    def work(held: HeldLease, stop: StopSignal) -> list[Lease]:
        worked.append(held.lease.entry)
        held.end(0)
        return rows(table)[1:] if held.lease.entry == "shard#a" else []

    running, workload = make_running_leases(table, work)
    running.work(rows(table)[0])
    assert (worked, workload.offered) == (["shard#a", "shard#b"], [rows(table)[2]])


def test_a_process_that_drains_releases_and_offers_the_leases_it_held(table):
    running, workload = make_running_leases(table)
    running.start(rows(table)[0])
    wait_for(lambda: len(running.read_runs()) == 1)
    running.drain.set()
    wait_for(lambda: workload.offered)
    assert workload.offered == [rows(table)[0]]
    assert (rows(table)[0].owner_id, rows(table)[0].epoch) == (None, 1)
    assert running.work(rows(table)[0]) is False


def test_a_lease_whose_run_does_not_finish_in_time_is_released_once(table):
    busy = threading.Event()
    running, workload = make_running_leases(table, work_until(busy))
    running.start(rows(table)[0])
    wait_for(lambda: len(running.read_runs()) == 1)
    running.drain.set()
    running.give_up_all()
    assert workload.offered == [rows(table)[0]]
    busy.set()
    wait_for(lambda: running.read_runs() == [])
    assert workload.offered == [rows(table)[0]]


@pytest.mark.parametrize("error", [ZeroDivisionError("a bug"), TransientError("no connection")])
def test_a_run_that_fails_releases_its_lease_and_is_not_started_again_at_once(table, error):
    def work(held: HeldLease, stop: StopSignal) -> list[Lease]:
        raise error

    running, workload = make_running_leases(table, work)
    assert running.work(rows(table)[0]) is True
    assert (rows(table)[0].owner_id, rows(table)[0].epoch, workload.offered) == (None, 1, [])


def test_the_oldest_run_is_handed_over_once_it_has_lasted_long_enough(table):
    running, workload = make_running_leases(table)
    running.start(rows(table)[0])
    wait_for(lambda: len(running.read_runs()) == 1)
    running.hand_over_oldest(min_age_s=60)
    assert running.read_runs()[0].stop.is_requested() is False
    running.hand_over_oldest(min_age_s=0)
    wait_for(lambda: workload.offered)
    assert workload.offered == [rows(table)[0]]


def test_a_run_is_handed_over_from_the_moment_it_is_old_enough_and_asked_once(table):
    clock, finish = Clock(), threading.Event()
    running = RunningLeases(PlainWorkload(work_until(finish)), table, 2, threading.Event(), "me", clock)
    first, second, _ = rows(table)
    requested = []
    running.start(first)
    wait_for(lambda: len(running.read_runs()) == 1)
    clock.now += 1
    running.start(second)
    wait_for(lambda: len(running.read_runs()) == 2)
    for passed in (58.9, 0.1, 10):
        clock.now += passed
        running.hand_over_oldest(60)
        requested.append([run.stop.is_requested() for run in running.read_runs()])
    finish.set()
    running.drain.set()
    assert requested == [[False, False], [True, False], [True, False]]


def test_a_process_without_runs_has_none_to_hand_over_and_nothing_to_give_up(table):
    running, workload = make_running_leases(table)
    running.hand_over_oldest(0)
    running.give_up_all()
    assert workload.offered == []


def test_a_process_has_a_new_owner_name_unless_it_is_given_one(table):
    made = [RunningLeases(PlainWorkload(), table, 1, threading.Event(), *given) for given in ((), ("me",))]
    assert (made[0].owner_id.count(":"), made[1].owner_id, made[0].slots) == (2, "me", 1)


def test_a_lease_that_cannot_be_taken_now_is_left_to_a_later_check(table):
    class UnreachableLeases(MemoryLeases):
        def take(self, seen, owner_id):
            raise TransientError("no connection")

    workload = PlainWorkload()
    running = RunningLeases(workload, UnreachableLeases(), 1, threading.Event(), owner_id="me")
    worked = [running.work(lease) for lease in rows(table)]
    assert (worked, workload.offered) == ([False] * 3, [])


def test_the_slot_is_free_again_once_a_run_has_ended(table):
    running, _ = make_running_leases(table, lambda held, _stop: held.end(0) and [], slots=1)
    assert [running.work(lease) for lease in rows(table)] == [True] * 3


def test_a_lease_taken_again_by_the_same_process_is_gone_for_its_earlier_run(table):
    finish = threading.Event()
    running, _ = make_running_leases(table, work_until(finish))
    running.start(rows(table)[0])
    wait_for(lambda: len(running.read_runs()) == 1)
    running.start(rows(table)[0])
    wait_for(lambda: len(running.read_runs()) == 2)
    holds = [run.held.hold for run in running.read_runs()]
    running.drain.set()
    finish.set()
    wait_for(lambda: running.read_runs() == [])
    assert holds == [Hold.GONE, Hold.HELD]


def test_a_lease_counts_as_held_since_before_the_request_that_took_it():
    clock, holds = Clock(), []

    class SlowLeases(MemoryLeases):
        def take(self, seen, owner_id):
            clock.now += 3
            return super().take(seen, owner_id)

    slow = SlowLeases()
    slow.add_missing([Lease(GROUP, "shard#a")])

    def work(held: HeldLease, stop: StopSignal) -> list[Lease]:
        clock.now += 1
        holds.append(held.hold)
        held.end(0)
        return []

    RunningLeases(PlainWorkload(work), slow, 1, threading.Event(), "me", clock).work(rows(slow)[0])
    assert holds == [Hold.FENCED]


def test_a_run_counts_as_stuck_after_the_time_that_its_workload_allows(table):
    clock, stuck = Clock(), []

    def work(held: HeldLease, stop: StopSignal) -> list[Lease]:
        for passed in (30.0, 0.1):
            clock.now += passed
            stuck.append(held.is_stuck)
        held.end(0)
        return []

    workload = PlainWorkload(work)
    workload.wedged_after_s = 30.0
    RunningLeases(workload, table, 1, threading.Event(), "me", clock).work(rows(table)[0])
    assert stuck == [False, True]


def test_a_run_requested_to_end_offers_the_leases_that_became_free_and_takes_none(table):
    def work(held: HeldLease, stop: StopSignal) -> list[Lease]:
        stop.request()
        held.end(0)
        return rows(table)[1:]

    running, workload = make_running_leases(table, work)
    assert running.work(rows(table)[0]) is True
    assert (workload.offered, [lease.epoch for lease in rows(table)]) == (rows(table)[1:], [1, 0, 0])
