"""Leases: when one may be taken, how it is held, and when its owner must stop."""

import pytest

from tracking.domain.errors import TransientError
from workers.adapters.memory import MemoryLeases
from workers.leases import EXPIRES_AFTER_S, FENCE_AFTER_S, WEDGED_AFTER_S, HeldLease, LeaseWatch
from workers.ports import Lease

GROUP, ENTRY = "scans@1", "shard#shardId-000000000000"


class Clock:
    """A clock that the test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def table() -> MemoryLeases:
    leases = MemoryLeases()
    leases.add_missing(GROUP, [ENTRY])
    return leases


def take(table: MemoryLeases, owner: str) -> Lease:
    lease = table.take(table.read_leases(GROUP)[0], owner)
    assert lease is not None
    return lease


def test_a_free_lease_may_be_taken_at_first_sight(table, clock):
    assert LeaseWatch(clock).find_takeable(table.read_leases(GROUP)) == table.read_leases(GROUP)


def test_of_two_who_saw_the_same_lease_only_one_gets_it(table):
    seen = table.read_leases(GROUP)[0]
    assert (table.take(seen, "a") is not None, table.take(seen, "b")) == (True, None)


def test_a_lease_that_stands_still_expires_on_the_watchers_own_clock(table, clock):
    take(table, "a")
    watch = LeaseWatch(clock)
    takeable = []
    for passed in (0, EXPIRES_AFTER_S - 0.1, 0.1):
        clock.now += passed
        takeable.append(len(watch.find_takeable(table.read_leases(GROUP))))
    assert takeable == [0, 0, 1]


def test_a_lease_that_is_renewed_never_expires(table, clock):
    held = HeldLease(table, take(table, "a"), clock)
    watch = LeaseWatch(clock)
    for _ in range(20):
        clock.now += 1
        held.tick()
        held.renew()
        assert watch.find_takeable(table.read_leases(GROUP)) == []


def test_an_owner_that_cannot_renew_stops_before_another_may_take_over(table, clock):
    assert FENCE_AFTER_S < EXPIRES_AFTER_S
    held = HeldLease(table, take(table, "a"), clock)
    clock.now += FENCE_AFTER_S
    assert held.is_held() is False


def test_an_owner_that_was_replaced_learns_it_at_its_next_renewal_and_leaves_the_new_one_alone(table, clock):
    held = HeldLease(table, take(table, "a"), clock)
    successor = take(table, "b")
    held.renew()
    held.release()
    assert (held.is_held(), table.read_leases(GROUP)[0].owner_id, successor.epoch) == (False, "b", 2)


def test_the_checkpoint_is_kept_by_renewal_and_handed_to_the_next_owner(table, clock):
    held = HeldLease(table, take(table, "a"), clock)
    held.move_checkpoint("0007.000000", "7", 12)
    held.renew()
    held.move_checkpoint("0009.000000", "9", 0)
    held.release()
    lease = take(table, "b")
    assert (lease.checkpoint, lease.checkpoint_sequence, lease.epoch) == ("0009.000000", "9", 2)


def test_a_holder_that_does_not_tick_is_not_renewed(table, clock):
    held = HeldLease(table, take(table, "a"), clock)
    clock.now += WEDGED_AFTER_S + 1
    held.renew()
    assert held.is_held() is False


class UnreachableLeases(MemoryLeases):
    """A lease table that is down for a while."""

    down = False

    def renew(self, lease: Lease) -> Lease | None:
        if self.down:
            raise TransientError("no connection")
        return super().renew(lease)


def test_an_outage_of_the_table_shorter_than_the_fence_costs_nothing(clock):
    table = UnreachableLeases()
    table.add_missing(GROUP, [ENTRY])
    held = HeldLease(table, take(table, "a"), clock)
    table.down = True
    clock.now += FENCE_AFTER_S - 1
    held.renew()
    table.down = False
    held.renew()
    clock.now += FENCE_AFTER_S - 1
    assert held.is_held() is True
