"""The keeper: what it renews, what it starts without a broker, what it hands over, how a process leaves."""

import threading

import pytest
import time_machine

from tests.waiting import PATIENCE_S, wait_for
from tests.workers.leases.clocks import Clock
from tests.workers.leases.duties import GROUP, PlainDuty
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
from workers.leases.renewer import KEEPER_DIED, LeaseRenewer
from workers.leases.roster import Roster

NOW_S = 1_800_000_000


class Process:
    """A process with its roster and keeper, whose looks and renewals the test makes."""

    def __init__(self, table: MemoryLeases, name: str = "me", slots: int = 4, duty: PlainDuty | None = None):
        self.clock = Clock()
        self.duty = duty or PlainDuty()
        self.exits: list[int] = []
        self.roster = Roster(self.duty, table, slots, threading.Event(), name, self.clock)
        self.life = 0
        self.keeper = LeaseRenewer(self.duty, self.roster, table, "0.1.0", self.exits.append, self.show_life)

    @property
    def holds(self) -> list[str]:
        return sorted(run.held.lease.entry for run in self.roster.read_runs())

    def show_life(self) -> None:
        self.life += 1

    def pass_time(self, seconds: float) -> None:
        """Let time go by second by second, with stints that live and renewals as due."""
        for _ in range(round(seconds)):
            self.clock.now += 1
            for run in self.roster.read_runs():
                run.held.tick()
            self.keeper.renew()
            self.keeper.look()

    def keep_for(self, seconds: float) -> None:
        """Let the keeper do all that is due within this time, each thing at its moment; all stints live."""
        ends_at = self.clock.now + seconds
        while self.clock.now + (wait_s := self.keeper.keep()) <= ends_at:
            self.clock.now += wait_s
            for run in self.roster.read_runs():
                run.held.tick()
        self.clock.now = ends_at


class CountedLeases(MemoryLeases):
    """A lease table that knows how often it was looked at."""

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
    """Makes processes, and ends their stints afterwards."""
    made: list[Process] = []

    def make(*args, **options) -> Process:
        made.append(Process(table, *args, **options))
        return made[-1]

    yield make
    for process in made:
        process.roster.drain.set()


def rows(table: MemoryLeases) -> list[Lease]:
    return table.read_group(GROUP).leases


def test_what_is_still_free_one_look_later_is_started_here_without_any_broker(table, processes):
    process = processes()
    process.keeper.look()
    assert process.holds == []
    process.keeper.look()
    wait_for(lambda: process.holds == ["shard#a", "shard#b"])


def test_what_stands_still_for_five_seconds_is_taken_over_and_not_before(table, processes):
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
    process.keep_for(EXPIRES_AFTER_S + TAKE_JITTER_S)
    wait_for(lambda: process.holds == ["shard#a", "shard#b"])


def test_what_is_left_by_processes_that_have_only_just_started_is_taken_above_the_share(table, processes):
    mine, others = rows(table)
    process = processes()
    process.roster.start(mine)
    wait_for(lambda: process.holds == ["shard#a"])
    table.take(others, "killed")

    def keep_beside_a_newcomer(seconds: float) -> None:
        """It holds nothing, so that the other shard would be its part."""
        for beat in range(round(seconds * 10)):
            table.renew_all([], Worker(GROUP, "newcomer", round(process.clock.now * 10) + beat, slots=4))
            process.keep_for(0.1)

    keep_beside_a_newcomer(OVERDUE_AFTER_S - 0.2)
    assert process.holds == ["shard#a"]
    keep_beside_a_newcomer(0.3)
    wait_for(lambda: process.holds == ["shard#a", "shard#b"])


def test_what_stands_still_and_cannot_be_taken_is_not_looked_at_more_often_for_it():
    table = CountedLeases()
    table.add_missing([Lease(GROUP, "shard#a", owner_id="killed", epoch=1)])
    process = Process(table, slots=0)
    process.keep_for(20)
    assert 20 / 0.6 - 1 <= table.reads <= 20 / 0.4 + 2


def test_a_renewal_carries_all_leases_and_the_workers_own_row(table, processes):
    process = processes()
    process.roster.start(rows(table)[0])
    wait_for(lambda: process.holds)
    with time_machine.travel(NOW_S, tick=False):
        process.keeper.renew()
    group = table.read_group(GROUP)
    assert [lease.heartbeat for lease in group.leases] == [2, 0]
    expires_at = NOW_S + WORKER_ROW_KEPT_S
    assert group.workers == [Worker(GROUP, "me", 1, 4, 1, version="0.1.0", expires_at=expires_at)]


def test_a_stint_loop_that_is_wedged_is_not_renewed_while_the_others_are(table, processes):
    """Failure matrix: stint loop wedged, keeper alive."""
    process = processes()
    for lease in rows(table):
        process.roster.start(lease)
    wait_for(lambda: len(process.holds) == 2)
    wedged, alive = (run.held for run in process.roster.read_runs())
    wedged.tick = lambda: None
    process.clock.now += WEDGED_AFTER_S + 0.1
    alive.tick()
    process.keeper.renew()
    assert {lease.entry: lease.heartbeat for lease in rows(table)} == {
        wedged.lease.entry: 1,
        alive.lease.entry: 2,
    }


def test_where_nobody_else_is_a_process_replaces_its_own_stint_that_is_stuck(table, processes):
    process = processes()
    process.roster.start(rows(table)[0])
    wait_for(lambda: process.holds)
    ((stuck, _, _),) = process.roster.read_runs()
    stuck.tick = lambda: None
    process.keep_for(WEDGED_AFTER_S + OVERDUE_AFTER_S + 1.5)
    wait_for(lambda: process.holds == ["shard#a", "shard#a", "shard#b"])
    assert [run.held.hold for run in process.roster.read_runs() if run.held is stuck] == [Hold.GONE]
    process.keeper.renew()
    assert [lease.epoch for lease in rows(table)] == [2, 1]


def test_a_process_shows_life_in_every_round_until_one_of_its_stints_is_stuck(table, processes):
    process = processes()
    for lease in rows(table):
        process.roster.start(lease)
    wait_for(lambda: len(process.holds) == 2)
    wedged, alive = (run.held for run in process.roster.read_runs())
    wedged.tick = lambda: None
    process.clock.now += WEDGED_AFTER_S
    process.keeper.keep()
    process.clock.now += 0.1
    alive.tick()
    process.keeper.keep()
    assert process.life == 1


def test_a_lease_row_deleted_by_hand_is_put_back_by_its_owner_with_its_checkpoint(table, processes):
    """Failure matrix: lease row deleted by hand."""
    process = processes()
    process.roster.start(rows(table)[0])
    wait_for(lambda: process.holds)
    (run,) = process.roster.read_runs()
    run.held.move_checkpoint("0007.000000", "7", None)
    table.delete(rows(table)[0])
    process.keeper.renew()
    back = rows(table)[0]
    assert (back.entry, back.owner_id, back.epoch, back.checkpoint) == ("shard#a", "me", 1, "0007.000000")
    process.keeper.renew()
    assert run.held.hold is Hold.HELD


def test_two_processes_share_and_neither_takes_more_than_its_part(table, processes):
    other = Worker(GROUP, "other", 1, slots=4)
    process = processes()
    for beat in range(4):
        table.renew_all([], other._replace(heartbeat=beat))
        process.keeper.look()
    wait_for(lambda: process.holds)
    process.keeper.look()
    assert len(process.holds) == 1


def test_a_process_that_is_leaving_counts_for_nothing(table, processes):
    process = processes()
    for beat in range(4):
        table.renew_all([], Worker(GROUP, "leaving", beat, slots=4, draining=True))
        process.keeper.look()
    wait_for(lambda: len(process.holds) == 2)


def test_the_oldest_stint_is_handed_over_to_a_process_that_came_later(table, processes):
    process = processes()
    process.pass_time(2)
    wait_for(lambda: len(process.holds) == 2)
    newcomer = Worker(GROUP, "newcomer", 0, slots=4)
    for beat in range(round(HANDOVER_AFTER_S) + 2):
        table.renew_all([], newcomer._replace(heartbeat=beat))
        process.pass_time(1)
        if process.duty.offered:
            break
    (offered,) = wait_for(lambda: process.duty.offered)
    assert beat >= HANDOVER_AFTER_S - 4
    assert rows(table)[["shard#a", "shard#b"].index(offered.entry)].owner_id is None


class OutOfOrderLeases(MemoryLeases):
    """A lease table that cannot be reached, or breaks its keeper."""

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


def test_a_table_that_is_down_ends_no_keeper_and_is_worked_with_once_it_is_back():
    """Failure matrix: DynamoDB down."""
    table = OutOfOrderLeases()
    table.add_missing([Lease(GROUP, "shard#a")])
    table.error = TransientError("no connection")
    process = Process(table)
    process.keep_for(3)
    assert (process.holds, table.failures > 2) == ([], True)
    table.error = None
    process.keep_for(2)
    wait_for(lambda: process.holds == ["shard#a"])
    process.roster.drain.set()
    assert process.exits == []


def test_a_process_whose_keeper_thread_dies_exits_and_says_so():
    """Failure matrix: keeper thread dead."""
    table = OutOfOrderLeases()
    table.error = SystemExit("the thread is gone")
    process = Process(table)
    process.keeper.start()
    wait_for(lambda: process.exits)
    assert process.exits == [KEEPER_DIED]


def test_a_drain_leaves_nothing_owned_even_if_a_commit_hangs(table):
    """Failure matrix: SIGTERM, deploy, scale-in."""
    hangs = threading.Event()
    process = Process(table, duty=PlainDuty(lambda held, stop: (hangs.wait() and []) or []))
    for _ in range(2):
        process.keeper.look()
    wait_for(lambda: len(process.holds) == 2)
    process.roster.drain.set()
    process.keeper.start()

    # The commit gets a moment: until that is over, the leases stay where they are.
    wait_for(lambda: [worker.draining for worker in table.read_group(GROUP).workers] == [True])
    assert [lease.owner_id for lease in rows(table)] == ["me", "me"]

    process.clock.now += EXIT_WITHIN_S
    assert process.keeper.join(PATIENCE_S)
    assert [lease.owner_id for lease in rows(table)] == [None, None]
    assert sorted(process.duty.offered) == rows(table)
    assert [(worker.draining, worker.held) for worker in table.read_group(GROUP).workers] == [(True, 0)]
    wait_for(lambda: process.exits == [0])
    hangs.set()
