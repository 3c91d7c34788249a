"""Lease watch: free and expired leases and live workers, by the watcher's own clock."""

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
def observe(table, clock):
    watch = LeaseWatch(clock)
    return lambda: watch.observe(table.read_group(GROUP))


def take(table: MemoryLeases, owner: str) -> Lease:
    lease = table.take(table.read_group(GROUP).leases[0], owner)
    assert lease is not None
    return lease


def test_a_free_lease_is_found_at_once_and_is_still_free_at_the_next_observation(table, observe):
    free = table.read_group(GROUP).leases
    assert observe() == View(free=free, still_free=[], expired=[], alive=[])
    assert observe() == View(free=free, still_free=free, expired=[], alive=[])


def test_an_unchanged_lease_expires_by_the_watchers_own_clock(table, clock, observe):
    lease = take(table, "a")
    expired = []
    for passed in (0, EXPIRES_AFTER_S - 0.1, 0.1):
        clock.now += passed
        expired.append(observe().expired)
    assert expired == [[], [], [lease]]


def test_an_observation_gives_the_time_at_which_the_first_owned_lease_expires_or_is_overdue(
    table, clock, observe
):
    table.add_missing([Lease(GROUP, "shard#b"), Lease(GROUP, "shard#free")])
    first, later, _ = table.read_group(GROUP).leases
    began_at = clock.now
    assert observe().next_change == math.inf
    observed = []
    for lease, passed in ((first, 1), (later, 4), (None, 0.45), (None, 0.55), (None, 0.45)):
        if lease is not None:
            table.take(lease, "a")
        view = observe()
        observed.append((view.next_change - began_at, len(view.expired), len(view.overdue)))
        clock.now += passed
    expected = [(5, 0, 0), (5, 0, 0), (5.4, 1, 0), (6, 1, 1), (6.4, 2, 1)]
    assert observed == [(pytest.approx(at), *counts) for at, *counts in expected]
    assert (observe().next_change, len(observe().overdue)) == (math.inf, 2)


def test_a_lease_that_is_renewed_never_expires(table, clock, observe):
    lease = take(table, "a")
    for _ in range(20):
        clock.now += 1
        lease = lease._replace(heartbeat=lease.heartbeat + 1)
        table.renew_all([lease])
        assert observe().expired == []


def test_a_worker_is_alive_while_its_row_changes(table, clock, observe):
    worker = Worker(GROUP, "host:1:a", 1, slots=4)
    table.renew_all([], worker)
    assert observe().alive == [worker]
    clock.now += EXPIRES_AFTER_S
    assert observe().alive == []
    table.renew_all([], worker._replace(heartbeat=2))
    assert observe().alive == [worker._replace(heartbeat=2)]


def test_a_lease_first_observed_after_a_restart_of_the_watcher_gets_its_full_time(table, clock):
    take(table, "a")
    clock.now += 100
    watch = LeaseWatch(clock)
    assert watch.observe(table.read_group(GROUP)).expired == []


@pytest.mark.parametrize("phase", [Phase.ENDED, Phase.HALTED])
def test_an_ended_or_halted_lease_cannot_be_taken(table, observe, phase):
    table.release(take(table, "a")._replace(phase=phase))
    observe()
    assert observe() == View([], [], [], [])


def test_a_lease_expires_after_five_seconds_and_is_overdue_after_five_point_four(table, clock, observe):
    lease = take(table, "a")
    began_at = clock.now
    found = []
    for passed in (0, 4.9, 5, 5.3, 5.5):
        clock.now = began_at + passed
        view = observe()
        found.append((view.expired, view.overdue))
    assert found == [([], []), ([], []), ([lease], []), ([lease], []), ([lease], [lease])]


def test_a_worker_is_dead_once_its_row_is_unchanged_for_five_seconds_and_not_before(table, clock, observe):
    table.renew_all([], Worker(GROUP, "host:1:a", 1, slots=4))
    observe()
    alive = []
    for passed in (4.9, 0.1):
        clock.now += passed
        alive.append(len(observe().alive))
    assert alive == [1, 0]


@pytest.mark.parametrize("moved", [{"epoch": 2}, {"heartbeat": 9}])
def test_a_new_owner_changes_a_row_as_a_renewal_does(table, clock, observe, moved):
    lease = take(table, "a")
    observe()
    clock.now += 4
    table._keep(lease._replace(**moved))
    observe()
    clock.now += 4
    assert observe().expired == []


def test_rows_of_the_same_name_in_two_groups_are_watched_apart(clock):
    table = MemoryLeases()
    table.add_missing([Lease("one", ENTRY), Lease("two", ENTRY)])
    watch = LeaseWatch(clock)
    assert watch.observe(table.read_group("one")).still_free == []
    assert watch.observe(table.read_group("two")).still_free == []


def test_a_free_lease_never_expires(table, clock, observe):
    observe()
    clock.now += 100
    view = observe()
    assert (view.expired, view.overdue, view.next_change) == ([], [], math.inf)
