"""Lease renewer: renewals, starts without a broker, handovers, and the drain of a process."""

import threading

import pytest
import time_machine

from tests.waiting import PATIENCE_S, wait_for
from tests.workers.leases.clocks import Clock
from tests.workers.leases.workloads import GROUP, PlainWorkload
from tracking.domain.errors import TransientError
from workers.adapters.memory_leases import MemoryLeases
from workers.leases.held import Hold
from workers.leases.policies import (
    EXIT_WITHIN_S,
    EXPIRES_AFTER_S,
    HANDOVER_AFTER_S,
    OVERDUE_AFTER_S,
    TAKE_JITTER_S,
    WEDGED_AFTER_S,
    WORKER_ROW_KEPT_S,
)
from workers.leases.ports import Lease, LeaseGroup, Worker
from workers.leases.renewer import RENEWER_DIED, LeaseRenewer
from workers.leases.running_leases import RunningLeases

NOW_S = 1_800_000_000


class Process:
    """Process with its running leases and its lease renewer; the test calls its checks and renewals."""

    def __init__(
        self, table: MemoryLeases, name: str = "me", slots: int = 4, workload: PlainWorkload | None = None
    ):
        self.clock = Clock()
        self.workload = workload or PlainWorkload()
        self.exits: list[int] = []
        self.running = RunningLeases(self.workload, table, slots, threading.Event(), name, self.clock)
        self.life = 0
        self.renewer = LeaseRenewer(
            self.workload, self.running, table, "0.1.0", self.exits.append, self.show_life
        )

    @property
    def holds(self) -> list[str]:
        return sorted(run.held.lease.entry for run in self.running.read_runs())

    def show_life(self) -> None:
        self.life += 1

    def pass_time(self, seconds: float) -> None:
        """Pass time in steps of a second, with live runs, renewals and checks."""
        for _ in range(round(seconds)):
            self.clock.now += 1
            for run in self.running.read_runs():
                run.held.tick()
            self.renewer.renew()
            self.renewer.start_free_leases()

    def run_for(self, seconds: float) -> None:
        """Run each step of the lease renewer when it is due, for this long; all runs are alive."""
        ends_at = self.clock.now + seconds
        while self.clock.now + (wait_s := self.renewer.run_due_steps()) <= ends_at:
            self.clock.now += wait_s
            for run in self.running.read_runs():
                run.held.tick()
        self.clock.now = ends_at


class CountedLeases(MemoryLeases):
    """Lease table that counts its reads."""

    reads = 0

    def read_group(self, group: str) -> LeaseGroup:
        self.reads += 1
        return super().read_group(group)


@pytest.fixture
def table() -> MemoryLeases:
    leases = MemoryLeases()
    leases.add_missing([Lease(GROUP, f"shard#{name}") for name in "ab"])
    return leases


@pytest.fixture
def processes(table):
    """Factory of processes; ends their runs afterwards."""
    made: list[Process] = []

    def make(*args, **options) -> Process:
        made.append(Process(table, *args, **options))
        return made[-1]

    yield make
    for process in made:
        process.running.drain.set()


def rows(table: MemoryLeases) -> list[Lease]:
    return table.read_group(GROUP).leases


def test_a_lease_that_is_still_free_at_the_next_check_is_started_without_any_broker(table, processes):
    process = processes()
    process.renewer.start_free_leases()
    assert process.holds == []
    process.renewer.start_free_leases()
    wait_for(lambda: process.holds == ["shard#a", "shard#b"])


def test_a_lease_that_is_unchanged_for_five_seconds_is_taken_over_and_not_before(table, processes):
    for lease in rows(table):
        table.take(lease, "killed")
    process = processes()
    process.pass_time(EXPIRES_AFTER_S)
    assert process.holds == []
    process.pass_time(1)
    wait_for(lambda: process.holds == ["shard#a", "shard#b"])
    assert [lease.epoch for lease in rows(table)] == [2, 2]


def test_a_dead_owner_is_replaced_as_soon_as_its_leases_have_expired(table, processes):
    for lease in rows(table):
        table.take(lease, "killed")
    process = processes()
    process.run_for(EXPIRES_AFTER_S + TAKE_JITTER_S)
    wait_for(lambda: process.holds == ["shard#a", "shard#b"])


def test_an_overdue_lease_is_taken_above_the_share(table, processes):
    mine, others = rows(table)
    process = processes()
    process.running.start(mine)
    wait_for(lambda: process.holds == ["shard#a"])
    table.take(others, "killed")

    def run_beside_a_newcomer(seconds: float) -> None:
        """Run beside a process that holds nothing, so the other shard is within its share."""
        for beat in range(round(seconds * 10)):
            table.renew_all([], Worker(GROUP, "newcomer", round(process.clock.now * 10) + beat, slots=4))
            process.run_for(0.1)

    run_beside_a_newcomer(OVERDUE_AFTER_S - 0.2)
    assert process.holds == ["shard#a"]
    run_beside_a_newcomer(0.3)
    wait_for(lambda: process.holds == ["shard#a", "shard#b"])


def test_an_expired_lease_that_cannot_be_taken_does_not_make_checks_more_frequent():
    table = CountedLeases()
    table.add_missing([Lease(GROUP, "shard#a", owner_id="killed", epoch=1)])
    process = Process(table, slots=0)
    process.run_for(20)
    assert 20 / 0.6 - 1 <= table.reads <= 20 / 0.4 + 2


def test_one_renewal_call_carries_all_leases_and_the_row_of_the_worker(table, processes):
    process = processes()
    process.running.start(rows(table)[0])
    wait_for(lambda: process.holds)
    with time_machine.travel(NOW_S, tick=False):
        process.renewer.renew()
    group = table.read_group(GROUP)
    assert [lease.heartbeat for lease in group.leases] == [2, 0]
    expires_at = NOW_S + WORKER_ROW_KEPT_S
    assert group.workers == [Worker(GROUP, "me", 1, 4, 1, version="0.1.0", expires_at=expires_at)]


def test_the_lease_of_a_wedged_run_is_not_renewed_while_the_others_are(table, processes):
    """Failure matrix: shard consumer wedged, lease renewer alive."""
    process = processes()
    for lease in rows(table):
        process.running.start(lease)
    wait_for(lambda: len(process.holds) == 2)
    wedged, alive = (run.held for run in process.running.read_runs())
    wedged.tick = lambda: None
    process.clock.now += WEDGED_AFTER_S + 0.1
    alive.tick()
    process.renewer.renew()
    assert {lease.entry: lease.heartbeat for lease in rows(table)} == {
        wedged.lease.entry: 1,
        alive.lease.entry: 2,
    }


def test_a_process_that_is_alone_replaces_its_own_run_that_is_stuck(table, processes):
    process = processes()
    process.running.start(rows(table)[0])
    wait_for(lambda: process.holds)
    ((stuck, _, _),) = process.running.read_runs()
    stuck.tick = lambda: None
    process.run_for(WEDGED_AFTER_S + OVERDUE_AFTER_S + 1.5)
    wait_for(lambda: process.holds == ["shard#a", "shard#a", "shard#b"])
    assert [run.held.hold for run in process.running.read_runs() if run.held is stuck] == [Hold.GONE]
    process.renewer.renew()
    assert [lease.epoch for lease in rows(table)] == [2, 1]


def test_a_process_shows_life_in_every_round_until_one_of_its_runs_is_stuck(table, processes):
    process = processes()
    for lease in rows(table):
        process.running.start(lease)
    wait_for(lambda: len(process.holds) == 2)
    wedged, alive = (run.held for run in process.running.read_runs())
    wedged.tick = lambda: None
    process.clock.now += WEDGED_AFTER_S
    process.renewer.run_due_steps()
    process.clock.now += 0.1
    alive.tick()
    process.renewer.run_due_steps()
    assert process.life == 1


def test_a_lease_row_deleted_by_hand_is_put_back_by_its_owner_with_its_checkpoint(table, processes):
    """Failure matrix: lease row deleted by hand."""
    process = processes()
    process.running.start(rows(table)[0])
    wait_for(lambda: process.holds)
    (run,) = process.running.read_runs()
    run.held.move_checkpoint("0007.000000", "7", None)
    table.delete(rows(table)[0])
    process.renewer.renew()
    back = rows(table)[0]
    assert (back.entry, back.owner_id, back.epoch, back.checkpoint) == ("shard#a", "me", 1, "0007.000000")
    process.renewer.renew()
    assert run.held.hold is Hold.HELD


def test_two_processes_share_and_neither_takes_more_than_its_share(table, processes):
    other = Worker(GROUP, "other", 1, slots=4)
    process = processes()
    for beat in range(4):
        table.renew_all([], other._replace(heartbeat=beat))
        process.renewer.start_free_leases()
    wait_for(lambda: process.holds)
    process.renewer.start_free_leases()
    assert len(process.holds) == 1


def test_a_draining_process_has_no_share(table, processes):
    process = processes()
    for beat in range(4):
        table.renew_all([], Worker(GROUP, "leaving", beat, slots=4, draining=True))
        process.renewer.start_free_leases()
    wait_for(lambda: len(process.holds) == 2)


def test_the_oldest_run_is_handed_over_to_a_process_that_started_later(table, processes):
    process = processes()
    process.pass_time(2)
    wait_for(lambda: len(process.holds) == 2)
    newcomer = Worker(GROUP, "newcomer", 0, slots=4)
    for beat in range(round(HANDOVER_AFTER_S) + 2):
        table.renew_all([], newcomer._replace(heartbeat=beat))
        process.pass_time(1)
        if process.workload.offered:
            break
    (offered,) = wait_for(lambda: process.workload.offered)
    assert beat >= HANDOVER_AFTER_S - 4
    assert rows(table)[["shard#a", "shard#b"].index(offered.entry)].owner_id is None


class OutOfOrderLeases(MemoryLeases):
    """Lease table that cannot be reached, or that breaks the lease renewer."""

    error: BaseException | None = None
    failures = 0

    def renew_all(self, leases, worker=None):
        if self.error is not None:
            self.failures += 1
            raise self.error
        return super().renew_all(leases, worker)

    def read_group(self, group: str) -> LeaseGroup:
        if isinstance(self.error, TransientError):
            self.failures += 1
            raise self.error
        return super().read_group(group)


def test_a_table_that_is_down_ends_no_lease_renewer_and_work_resumes_once_it_is_back():
    """Failure matrix: DynamoDB down."""
    table = OutOfOrderLeases()
    table.add_missing([Lease(GROUP, "shard#a")])
    table.error = TransientError("no connection")
    process = Process(table)
    process.run_for(3)
    assert (process.holds, table.failures > 2) == ([], True)
    table.error = None
    process.run_for(2)
    wait_for(lambda: process.holds == ["shard#a"])
    process.running.drain.set()
    assert process.exits == []


def test_a_process_whose_lease_renewer_dies_exits_with_its_own_code():
    """Failure matrix: lease renewer dead."""
    table = OutOfOrderLeases()
    table.error = SystemExit("the thread is gone")
    process = Process(table)
    process.renewer.start()
    wait_for(lambda: process.exits)
    assert process.exits == [RENEWER_DIED]


def test_a_drain_leaves_no_lease_owned_even_if_a_commit_hangs(table):
    """Failure matrix: SIGTERM, deploy, scale-in."""
    hangs = threading.Event()
    process = Process(table, workload=PlainWorkload(lambda held, stop: (hangs.wait() and []) or []))
    for _ in range(2):
        process.renewer.start_free_leases()
    wait_for(lambda: len(process.holds) == 2)
    process.running.drain.set()
    process.renewer.start()

    # The commit gets a moment: until that is over, the leases stay where they are.
    wait_for(lambda: [worker.draining for worker in table.read_group(GROUP).workers] == [True])
    assert [lease.owner_id for lease in rows(table)] == ["me", "me"]

    process.clock.now += EXIT_WITHIN_S
    assert process.renewer.join(PATIENCE_S)
    assert [lease.owner_id for lease in rows(table)] == [None, None]
    assert sorted(process.workload.offered) == rows(table)
    assert [(worker.draining, worker.held) for worker in table.read_group(GROUP).workers] == [(True, 0)]
    wait_for(lambda: process.exits == [0])
    hangs.set()
