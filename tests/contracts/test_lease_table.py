"""Contract of the port `LeaseTable`, in memory and on DynamoDB of the local AWS."""

import itertools
import time
from datetime import UTC, datetime

import pytest
from django.conf import settings

from tests.contracts.backends import MEMORY
from workers.adapters.dynamodb import DynamoLeases
from workers.adapters.memory_leases import MemoryLeases
from workers.leases.ports import Lease, LeaseGroup, LeaseTable, Phase, Worker
from workers.stream_positions import make_stream_position

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
numbers = itertools.count()


@pytest.fixture
def leases(backend) -> LeaseTable:
    if backend == MEMORY:
        return MemoryLeases(now=lambda: NOON)
    return DynamoLeases(settings.AWS_NAMES["leases_table"], now=lambda: NOON)


@pytest.fixture
def group() -> str:
    return f"contract-{next(numbers)}@{time.time_ns()}"


def read(leases: LeaseTable, group: str) -> list[Lease]:
    return leases.read_group(group).leases


def renew(leases: LeaseTable, lease: Lease) -> Lease | None:
    """Store the lease with its next heartbeat and return it; None if it was lost."""
    beat = lease._replace(heartbeat=lease.heartbeat + 1, renewed_at=NOON)
    return beat if leases.renew_all([beat]) == ["renewed"] else None


@pytest.fixture
def free(leases, group) -> Lease:
    """Lease that was never taken."""
    leases.add_missing([Lease(group, "shard#a")])
    (lease,) = leases.read_group(group).leases
    return lease


@pytest.fixture
def mine(leases, free) -> Lease:
    """Return the same lease, taken by an owner."""
    taken = leases.take(free, "me")
    assert taken is not None
    return taken


def test_a_new_lease_is_free_and_has_no_checkpoint(free, group):
    assert free == Lease(group, "shard#a")


def test_a_group_without_leases_is_empty(leases, group):
    assert read(leases, group) == []


def test_adding_leases_leaves_existing_ones_as_they_are(leases, mine, group):
    leases.add_missing([Lease(group, f"shard#{name}") for name in "bac"])
    assert read(leases, group) == [mine, Lease(group, "shard#b"), Lease(group, "shard#c")]


def test_adding_many_at_once_adds_them_all(leases, group):
    entries = [f"shard#{number:03d}" for number in range(60)]
    leases.add_missing([Lease(group, entry) for entry in entries])
    assert [lease.entry for lease in read(leases, group)] == entries


def test_groups_do_not_see_each_other(leases, mine, group):
    leases.add_missing([Lease(f"{group}-other", "shard#a")])
    assert read(leases, f"{group}-other") == [Lease(f"{group}-other", "shard#a")]
    assert read(leases, group) == [mine]


def test_taking_a_lease_sets_the_owner_and_the_next_epoch(leases, free, group):
    taken = leases.take(free, "me")
    assert taken == Lease(
        group, "shard#a", owner_id="me", epoch=1, heartbeat=1, owner_changes=1, renewed_at=NOON
    )
    assert read(leases, group) == [taken]


def test_of_two_processes_that_read_the_same_lease_only_the_first_takes_it(leases, free, group):
    taken = leases.take(free, "me")
    assert leases.take(free, "other") is None
    assert read(leases, group) == [taken]


def test_a_lease_that_was_renewed_since_it_was_read_cannot_be_taken(leases, mine, group):
    renewed = renew(leases, mine)
    assert leases.take(mine, "other") is None
    assert read(leases, group) == [renewed]


def test_a_lease_that_is_unchanged_since_it_was_read_can_be_taken_from_its_owner(leases, mine):
    taken = leases.take(mine, "other")
    assert taken is not None
    assert (taken.owner_id, taken.epoch, taken.heartbeat, taken.owner_changes) == ("other", 2, 2, 2)


def test_a_lease_that_was_never_added_cannot_be_taken(leases, group):
    assert leases.take(Lease(group, "shard#none"), "me") is None
    assert read(leases, group) == []


def test_a_renewal_increments_the_heartbeat_and_stores_the_checkpoint(leases, mine, group):
    done = mine._replace(
        checkpoint=make_stream_position("7"),
        checkpoint_sequence="7",
        checkpoint_arrived_at=NOON,
        caught_up_at=NOON,
        behind_ms=1200,
    )
    renewed = renew(leases, done)
    assert renewed == done._replace(heartbeat=2, renewed_at=NOON)
    assert read(leases, group) == [renewed]


def test_renewals_follow_one_another(leases, mine, group):
    lease = mine
    for number in range(1, 12):
        lease = renew(leases, lease._replace(checkpoint=make_stream_position(str(number))))
        assert lease is not None
    assert (lease.heartbeat, lease.checkpoint) == (12, make_stream_position("11"))
    assert read(leases, group) == [lease]


def test_a_renewal_sent_twice_increments_the_heartbeat_once(leases, mine, group):
    assert renew(leases, mine) == renew(leases, mine)
    assert read(leases, group)[0].heartbeat == mine.heartbeat + 1


def test_a_replaced_owner_renews_nothing_and_moves_no_checkpoint(leases, mine, group):
    taken = leases.take(mine, "other")
    assert renew(leases, mine._replace(checkpoint=make_stream_position("99"))) is None
    assert read(leases, group) == [taken]


def test_an_earlier_epoch_of_the_same_owner_renews_nothing(leases, mine, group):
    again = leases.take(mine, "me")
    assert renew(leases, mine) is None
    assert read(leases, group) == [again]


def test_a_checkpoint_never_steps_back(leases, mine, group):
    ahead = renew(leases, mine._replace(checkpoint=make_stream_position("10")))
    assert renew(leases, ahead._replace(checkpoint=make_stream_position("9"))) is None
    assert read(leases, group) == [ahead]


def test_an_owner_learns_that_its_row_was_deleted_and_may_add_it_again(leases, mine, group):
    gone = mine._replace(entry="shard#gone", epoch=3, heartbeat=9, checkpoint=make_stream_position("4"))
    assert leases.renew_all([gone]) == ["gone"]
    assert read(leases, group) == [mine]
    leases.add_missing([gone])
    assert leases.renew_all([gone]) == ["renewed"]
    assert read(leases, group) == [mine, gone]


def test_many_leases_are_renewed_in_one_call_with_a_result_each(leases, group):
    leases.add_missing([Lease(group, f"shard#{number:03d}") for number in range(30)])
    taken = [leases.take(lease, "me") for lease in read(leases, group)]
    leases.take(taken[7], "other")
    leases.release(taken[8])
    answers = leases.renew_all([*taken, Lease(group, "shard#none", owner_id="me")])
    assert answers == ["renewed"] * 7 + ["lost"] * 2 + ["renewed"] * 21 + ["gone"]


def test_the_row_of_a_worker_is_written_along_with_its_renewals(leases, mine, group):
    worker = Worker(group, "host:1:abc", 1, slots=4, held=1, version="0.1.0", expires_at=1795330800)
    leases.renew_all([], worker)
    assert leases.read_group(group) == LeaseGroup([mine], [worker])
    leaving = worker._replace(heartbeat=2, held=0, draining=True)
    assert leases.renew_all([mine], leaving) == ["renewed"]
    assert leases.read_group(group).workers == [leaving]


def test_a_new_lease_keeps_its_parents_and_its_range_of_hash_keys(leases, group):
    child = Lease(group, "shard#c", parent_ids=("a", "b"), hash_from="0", hash_to=str(2**128 - 1))
    leases.add_missing([child])
    assert read(leases, group) == [child]
    taken = leases.take(child, "me")
    assert (taken.parent_ids, taken.hash_from, taken.hash_to) == (("a", "b"), "0", str(2**128 - 1))


@pytest.mark.parametrize("phase", [Phase.ENDED, Phase.HALTED])
def test_an_ended_or_halted_lease_can_be_taken_by_no_process(leases, mine, group, phase):
    free = leases.release(mine._replace(phase=phase, checkpoint=make_stream_position("5")))
    assert (free.phase, free.owner_id, free.checkpoint) == (phase, None, make_stream_position("5"))
    assert read(leases, group) == [free]
    assert leases.take(free, "other") is None


def test_an_ended_lease_has_an_expiry(leases, mine, group):
    leases.release(mine._replace(phase=Phase.ENDED, expires_at=1795330800))
    assert read(leases, group)[0].expires_at == 1795330800


def test_a_halted_lease_has_a_reason_and_is_open_once_resumed(leases, mine, group):
    leases.release(mine._replace(phase=Phase.HALTED, halt_reason="KeyError on 11 records"))
    (halted,) = read(leases, group)
    assert (halted.phase, halted.halt_reason) == (Phase.HALTED, "KeyError on 11 records")
    assert leases.resume(halted)
    (opened,) = read(leases, group)
    assert opened == halted._replace(phase=Phase.OPEN, halt_reason="")
    assert not leases.resume(opened)
    assert leases.take(opened, "other") is not None


def test_release_keeps_the_checkpoint_and_frees_the_lease(leases, mine, group):
    done = mine._replace(checkpoint=make_stream_position("5"), checkpoint_sequence="5")
    free = done._replace(owner_id=None)
    assert leases.release(done) == free
    assert read(leases, group) == [free]


def test_a_release_after_an_unseen_renewal_returns_the_stored_heartbeat(leases, mine):
    renew(leases, mine)
    free = leases.release(mine)
    assert free.heartbeat == mine.heartbeat + 1
    assert leases.take(free, "other") is not None


def test_the_next_owner_starts_at_the_checkpoint_of_the_last(leases, mine, group):
    leases.release(mine._replace(checkpoint=make_stream_position("5"), checkpoint_sequence="5"))
    (free,) = read(leases, group)
    taken = leases.take(free, "other")
    assert taken is not None
    assert (taken.checkpoint, taken.checkpoint_sequence, taken.epoch) == (make_stream_position("5"), "5", 2)


def test_a_released_lease_cannot_be_renewed(leases, mine, group):
    leases.release(mine)
    assert renew(leases, mine) is None
    assert read(leases, group)[0].owner_id is None


def test_a_replaced_owner_releases_nothing(leases, mine, group):
    taken = leases.take(mine, "other")
    assert leases.release(mine._replace(checkpoint=make_stream_position("99"))) is None
    assert read(leases, group) == [taken]
