"""The watch: what is free, what has expired and who lives, on the watcher's own clock."""

import math

import pytest

from tests.workers.leases.clocks import Clock
from workers.adapters.memory_leases import MemoryLeases
from workers.leases.policies import EXPIRES_AFTER_S
from workers.leases.ports import Lease, Phase, Worker
from workers.leases.watch import LeaseWatch, View

GROUP, ENTRY = "scans@1", "shard#shardId-000000000000"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def table() -> MemoryLeases:
    leases = MemoryLeases()
    leases.add_missing([Lease(GROUP, ENTRY)])
    return leases


@pytest.fixture
def look(table, clock):
    watch = LeaseWatch(clock)
    return lambda: watch.look(table.read_group(GROUP))


def take(table: MemoryLeases, owner: str) -> Lease:
    lease = table.take(table.read_group(GROUP).leases[0], owner)
    assert lease is not None
    return lease


def test_a_free_lease_is_seen_at_once_and_still_free_at_the_next_look(table, look):
    free = table.read_group(GROUP).leases
    assert look() == View(free=free, still_free=[], expired=[], alive=[])
    assert look() == View(free=free, still_free=free, expired=[], alive=[])


def test_a_lease_that_stands_still_expires_on_the_watchers_own_clock(table, clock, look):
    lease = take(table, "a")
    expired = []
    for passed in (0, EXPIRES_AFTER_S - 0.1, 0.1):
        clock.now += passed
        expired.append(look().expired)
    assert expired == [[], [], [lease]]


def test_a_look_tells_when_the_first_of_the_owned_leases_will_have_expired_or_be_overdue(table, clock, look):
    table.add_missing([Lease(GROUP, "shard#b"), Lease(GROUP, "shard#free")])
    first, later, _ = table.read_group(GROUP).leases
    began_at = clock.now
    assert look().next_change == math.inf
    told = []
    for lease, passed in ((first, 1), (later, 4), (None, 0.45), (None, 0.55), (None, 0.45)):
        if lease is not None:
            table.take(lease, "a")
        view = look()
        told.append((view.next_change - began_at, len(view.expired), len(view.overdue)))
        clock.now += passed
    wanted = [(5, 0, 0), (5, 0, 0), (5.4, 1, 0), (6, 1, 1), (6.4, 2, 1)]
    assert told == [(pytest.approx(at), *counts) for at, *counts in wanted]
    assert (look().next_change, len(look().overdue)) == (math.inf, 2)


def test_a_lease_that_is_renewed_never_expires(table, clock, look):
    lease = take(table, "a")
    for _ in range(20):
        clock.now += 1
        lease = lease._replace(heartbeat=lease.heartbeat + 1)
        table.renew_all([lease])
        assert look().expired == []


def test_a_worker_lives_while_its_row_moves(table, clock, look):
    worker = Worker(GROUP, "host:1:a", 1, slots=4)
    table.renew_all([], worker)
    assert look().alive == [worker]
    clock.now += EXPIRES_AFTER_S
    assert look().alive == []
    table.renew_all([], worker._replace(heartbeat=2))
    assert look().alive == [worker._replace(heartbeat=2)]


def test_a_lease_seen_first_after_a_restart_of_the_watcher_is_given_its_full_time(table, clock):
    take(table, "a")
    clock.now += 100
    watch = LeaseWatch(clock)
    assert watch.look(table.read_group(GROUP)).expired == []


@pytest.mark.parametrize("phase", [Phase.ENDED, Phase.HALTED])
def test_what_has_ended_or_is_halted_is_nobodys_to_take(table, look, phase):
    table.release(take(table, "a")._replace(phase=phase))
    look()
    assert look() == View([], [], [], [])
