"""A held lease: when its owner may go on, when it must stop, and what its release stores."""

import pytest

from tests.workers.leases.clocks import Clock
from tests.workers.records import NOON
from tracking.domain.errors import TransientError
from workers.adapters.memory_leases import MemoryLeases
from workers.leases.held import HeldLease, Hold, NotHeldError
from workers.leases.policies import EXPIRES_AFTER_S, FENCE_AFTER_S, WEDGED_AFTER_S
from workers.leases.ports import Lease, Phase

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
def held(table, clock) -> HeldLease:
    return HeldLease(table, take(table, "a"), clock)


def take(table: MemoryLeases, owner: str) -> Lease:
    lease = table.take(table.read_group(GROUP).leases[0], owner)
    assert lease is not None
    return lease


def renew(table: MemoryLeases, held: HeldLease, clock: Clock) -> bool:
    """Renew as the lease renewer does; return whether a renewal was sent."""
    sent_at, sent = clock(), held.prepare_renewal()
    if sent is None:
        return False
    (answer,) = table.renew_all([sent])
    held.take_renewal(sent, sent_at, answer)
    return True


def test_an_owner_that_cannot_renew_stops_before_another_may_take_over(held, clock):
    assert FENCE_AFTER_S < EXPIRES_AFTER_S
    clock.now += FENCE_AFTER_S - 0.01
    assert held.hold is Hold.HELD
    clock.now += 0.01
    assert held.hold is Hold.FENCED
    with pytest.raises(NotHeldError):
        held.tick_or_stop()


def test_the_fence_counts_from_before_the_renewal_was_sent_and_not_from_its_answer(table, held, clock):
    sent = held.prepare_renewal()
    sent_at = clock()
    clock.now += 3
    held.take_renewal(sent, sent_at, *table.renew_all([sent]))
    clock.now += 1
    assert held.hold is Hold.FENCED


def test_the_fence_counts_from_before_the_request_that_took_the_lease(table, clock):
    sent_at = clock()
    clock.now += 3
    held = HeldLease(table, take(table, "a"), clock, taken_at=sent_at)
    clock.now += 1
    assert held.hold is Hold.FENCED


def test_a_fenced_owner_goes_on_once_a_later_renewal_succeeds(table, held, clock):
    clock.now += 10
    held.tick()
    assert held.hold is Hold.FENCED
    renew(table, held, clock)
    assert held.hold is Hold.HELD


def test_a_replaced_owner_learns_it_at_its_next_renewal_and_leaves_the_new_owner_alone(table, held, clock):
    successor = take(table, "b")
    renew(table, held, clock)
    assert (held.hold, held.release()) == (Hold.GONE, None)
    assert table.read_group(GROUP).leases == [successor]


def test_the_checkpoint_is_kept_by_renewal_and_handed_to_the_next_owner(table, held, clock):
    held.move_checkpoint("0007.000000", "7", NOON)
    renew(table, held, clock)
    assert table.read_group(GROUP).leases[0].checkpoint == "0007.000000"
    held.move_checkpoint("0009.000000", "9", NOON)
    held.note_lag(12, NOON)
    free = held.release()
    assert free == table.read_group(GROUP).leases[0]
    lease = take(table, "b")
    assert (
        lease.checkpoint,
        lease.checkpoint_sequence,
        lease.behind_ms,
        lease.caught_up_at,
        lease.epoch,
    ) == (
        "0009.000000",
        "9",
        12,
        NOON,
        2,
    )


def test_a_checkpoint_that_moves_while_a_renewal_is_in_flight_is_kept(table, held, clock):
    sent = held.prepare_renewal()
    held.move_checkpoint("0009.000000", "9", NOON)
    held.take_renewal(sent, clock(), *table.renew_all([sent]))
    assert held.release().checkpoint == "0009.000000"


def test_a_holder_that_does_not_tick_is_not_renewed_and_fences(table, held, clock):
    clock.now += WEDGED_AFTER_S + 0.1
    assert renew(table, held, clock) is False
    clock.now += FENCE_AFTER_S - WEDGED_AFTER_S
    assert held.hold is Hold.FENCED


def test_a_released_lease_is_not_renewed_any_more(table, held, clock):
    held.release()
    assert (renew(table, held, clock), held.hold, held.release()) == (False, Hold.GONE, None)


def test_a_halt_stores_its_reason_and_an_end_stores_its_expiry(table, clock):
    held = HeldLease(table, take(table, "a"), clock)
    assert held.halt("KeyError on 11 of the last 1000 records").phase is Phase.HALTED
    (halted,) = table.read_group(GROUP).leases
    assert halted.halt_reason == "KeyError on 11 of the last 1000 records"
    table.resume(halted)
    held = HeldLease(table, take(table, "a"), clock)
    ended = held.end(1795330800)
    assert (ended.phase, ended.expires_at, ended.owner_id) == (Phase.ENDED, 1795330800, None)


def test_a_holder_is_stuck_once_it_has_not_ticked_for_longer_than_its_workload_allows(table, clock):
    lease = take(table, "a")
    holders = [HeldLease(table, lease, clock), HeldLease(table, lease, clock, wedged_after_s=30.0)]
    stuck = []
    for passed in (2.0, 0.1, 27.9, 0.1):
        clock.now += passed
        stuck.append(tuple(held.is_stuck for held in holders))
    assert stuck == [(False, False), (True, False), (True, False), (True, True)]
    holders[1].tick()
    assert not holders[1].is_stuck


def test_a_renewal_carries_the_next_heartbeat_which_the_lease_takes_on_with_the_answer(table, held, clock):
    first = held.lease
    sent = held.prepare_renewal()
    assert (sent, held.lease) == (first._replace(heartbeat=2), first)
    clock.now += 1
    held.take_renewal(sent, clock(), *table.renew_all([sent]))
    assert held.lease == sent


def test_a_renewal_of_a_deleted_row_neither_extends_nor_loses_the_lease(held, clock):
    lease, sent, taken_at = held.lease, held.prepare_renewal(), clock()
    clock.now += 3.9
    held.take_renewal(sent, clock(), "gone")
    assert (held.lease, held.hold) == (lease, Hold.HELD)
    clock.now = taken_at + 4
    assert held.hold is Hold.FENCED


def test_an_answer_that_arrives_after_the_lease_was_given_up_changes_nothing(held, clock):
    sent = held.prepare_renewal()
    held.release()
    before = held.lease
    held.take_renewal(sent, clock(), "renewed")
    assert (held.lease, held.hold) == (before, Hold.GONE)


def test_the_time_of_the_last_read_to_the_end_of_the_shard_is_kept_while_records_wait(held):
    held.note_lag(12, NOON)
    held.note_lag(3400, None)
    assert (held.lease.behind_ms, held.lease.caught_up_at) == (3400, NOON)


def test_a_checkpoint_consists_of_its_position_its_sequence_and_its_arrival(held):
    before = held.lease
    held.move_checkpoint("0009.000000", "9", NOON)
    assert held.lease == before._replace(
        checkpoint="0009.000000", checkpoint_sequence="9", checkpoint_arrived_at=NOON
    )


@pytest.mark.parametrize(
    ("fields", "hold"),
    [({}, Hold.GONE), ({"entry": "shard#other"}, Hold.HELD), ({"group": "scans@2"}, Hold.HELD)],
)
def test_a_lease_is_gone_once_this_process_has_taken_the_same_one_again(held, fields, hold):
    held.take_successor(held.lease._replace(epoch=2, **fields))
    assert held.hold is hold


def test_a_holder_that_must_stop_gets_an_error_with_the_entry_and_the_state_of_its_lease(held, clock):
    held.tick_or_stop()
    clock.now += 4
    with pytest.raises(NotHeldError, match=f"^{ENTRY} is fenced$"):
        held.tick_or_stop()
    held.release()
    with pytest.raises(NotHeldError, match=f"^{ENTRY} is gone$"):
        held.tick_or_stop()


class UnreachableLeases(MemoryLeases):
    """Lease table whose releases fail."""

    def release(self, lease: Lease) -> Lease | None:
        raise TransientError("no connection")


def test_a_release_that_fails_leaves_the_lease_to_expire(clock):
    table = UnreachableLeases()
    table.add_missing([Lease(GROUP, ENTRY)])
    held = HeldLease(table, take(table, "a"), clock)
    assert (held.release(), held.hold) == (None, Hold.GONE)


def test_the_lag_grows_while_its_holder_can_process_nothing(held, clock):
    held.note_lag(1_500, None)
    assert held.lag_s == 1.5
    clock.now += 60
    assert held.lag_s == 61.5
    held.note_lag(0, NOON)
    assert held.lag_s == 0.0
