"""The promises of the port `LeaseTable`, on memory and on DynamoDB of the local AWS."""

import itertools
import time
from datetime import UTC, datetime

import pytest
from django.conf import settings

from workers.adapters.dynamodb import DynamoLeases
from workers.adapters.memory import MemoryLeases
from workers.ports import Lease, LeaseTable
from workers.positions import make_position

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
numbers = itertools.count()


@pytest.fixture(params=["memory", "local aws"])
def leases(request) -> LeaseTable:
    if request.param == "memory":
        return MemoryLeases(now=lambda: NOON)
    request.getfixturevalue("local_aws")
    return DynamoLeases(settings.AWS_NAMES["leases_table"], now=lambda: NOON)


@pytest.fixture
def group() -> str:
    return f"contract-{next(numbers)}@{time.time_ns()}"


@pytest.fixture
def free(leases, group) -> Lease:
    """A lease nobody has ever taken."""
    leases.add_missing(group, ["shard#a"])
    (lease,) = leases.read_leases(group)
    return lease


@pytest.fixture
def mine(leases, free) -> Lease:
    """The same lease, taken."""
    taken = leases.take(free, "me")
    assert taken is not None
    return taken


def test_a_new_lease_is_free_and_knows_no_checkpoint(free, group):
    assert free == Lease(group, "shard#a")


def test_a_group_without_leases_is_empty(leases, group):
    assert leases.read_leases(group) == []


def test_adding_what_is_missing_leaves_what_is_there_as_it_is(leases, mine, group):
    leases.add_missing(group, ["shard#b", "shard#a", "shard#c"])
    assert leases.read_leases(group) == [mine, Lease(group, "shard#b"), Lease(group, "shard#c")]


def test_adding_many_at_once_adds_them_all(leases, group):
    entries = [f"shard#{number:03d}" for number in range(60)]
    leases.add_missing(group, entries)
    assert [lease.entry for lease in leases.read_leases(group)] == entries


def test_groups_do_not_see_each_other(leases, mine, group):
    leases.add_missing(f"{group}-other", ["shard#a"])
    assert leases.read_leases(f"{group}-other") == [Lease(f"{group}-other", "shard#a")]
    assert leases.read_leases(group) == [mine]


def test_taking_puts_a_lease_in_the_new_owners_name_with_the_next_epoch(leases, free, group):
    taken = leases.take(free, "me")
    assert taken == Lease(
        group, "shard#a", owner_id="me", epoch=1, heartbeat=1, owner_changes=1, renewed_at=NOON
    )
    assert leases.read_leases(group) == [taken]


def test_of_two_who_saw_the_same_lease_the_second_gets_nothing(leases, free, group):
    taken = leases.take(free, "me")
    assert leases.take(free, "other") is None
    assert leases.read_leases(group) == [taken]


def test_a_lease_that_was_renewed_since_it_was_seen_cannot_be_taken(leases, mine, group):
    renewed = leases.renew(mine)
    assert leases.take(mine, "other") is None
    assert leases.read_leases(group) == [renewed]


def test_a_lease_that_stood_still_since_it_was_seen_can_be_taken_from_its_owner(leases, mine):
    taken = leases.take(mine, "other")
    assert taken is not None
    assert (taken.owner_id, taken.epoch, taken.heartbeat, taken.owner_changes) == ("other", 2, 2, 2)


def test_a_lease_nobody_ever_added_cannot_be_taken(leases, group):
    assert leases.take(Lease(group, "shard#none"), "me") is None
    assert leases.read_leases(group) == []


def test_a_renewal_beats_once_and_keeps_how_far_all_is_done(leases, mine, group):
    done = mine._replace(
        checkpoint=make_position("7"), checkpoint_sequence="7", checkpoint_arrived_at=NOON, behind_ms=1200
    )
    renewed = leases.renew(done)
    assert renewed == done._replace(heartbeat=2, renewed_at=NOON)
    assert leases.read_leases(group) == [renewed]


def test_renewals_follow_one_another(leases, mine, group):
    lease = mine
    for number in range(1, 12):
        lease = leases.renew(lease._replace(checkpoint=make_position(str(number))))
        assert lease is not None
    assert (lease.heartbeat, lease.checkpoint) == (12, make_position("11"))
    assert leases.read_leases(group) == [lease]


def test_a_renewal_sent_twice_beats_once(leases, mine, group):
    assert leases.renew(mine) == leases.renew(mine)
    assert leases.read_leases(group)[0].heartbeat == mine.heartbeat + 1


def test_who_was_displaced_renews_nothing_and_moves_no_checkpoint(leases, mine, group):
    taken = leases.take(mine, "other")
    assert leases.renew(mine._replace(checkpoint=make_position("99"))) is None
    assert leases.read_leases(group) == [taken]


def test_an_earlier_epoch_of_the_same_owner_renews_nothing(leases, mine, group):
    again = leases.take(mine, "me")
    assert leases.renew(mine) is None
    assert leases.read_leases(group) == [again]


def test_a_checkpoint_never_steps_back(leases, mine, group):
    ahead = leases.renew(mine._replace(checkpoint=make_position("10")))
    assert leases.renew(ahead._replace(checkpoint=make_position("9"))) is None
    assert leases.read_leases(group) == [ahead]


def test_a_lease_that_was_deleted_is_not_renewed_into_being(leases, group):
    gone = Lease(group, "shard#gone", owner_id="me", epoch=3, heartbeat=9)
    assert leases.renew(gone) is None
    assert leases.read_leases(group) == []


def test_release_keeps_the_checkpoint_and_frees_the_lease(leases, mine, group):
    done = mine._replace(checkpoint=make_position("5"), checkpoint_sequence="5")
    leases.release(done)
    assert leases.read_leases(group) == [done._replace(owner_id=None)]


def test_the_next_owner_goes_on_from_the_checkpoint_of_the_last(leases, mine, group):
    leases.release(mine._replace(checkpoint=make_position("5"), checkpoint_sequence="5"))
    (free,) = leases.read_leases(group)
    taken = leases.take(free, "other")
    assert taken is not None
    assert (taken.checkpoint, taken.checkpoint_sequence, taken.epoch) == (make_position("5"), "5", 2)


def test_a_released_lease_is_renewed_by_nobody(leases, mine, group):
    leases.release(mine)
    assert leases.renew(mine) is None
    assert leases.read_leases(group)[0].owner_id is None


def test_who_was_displaced_releases_nothing(leases, mine, group):
    taken = leases.take(mine, "other")
    leases.release(mine._replace(checkpoint=make_position("99")))
    assert leases.read_leases(group) == [taken]
