"""The lease and commit protocol is sound as it stands, and every guard of it is needed."""

import pytest

from tests.model import ownership, protocol
from tests.model.ownership import LeaseModel
from tests.model.protocol import StreamModel
from tests.model.search import Explored, explore
from tests.model.stories import SHOWN_BY, SPLIT, STORIES
from tests.model.stream import Story, begin

pytestmark = pytest.mark.slow

# Guards whose loss alone breaks nothing: why they are there all the same, and which others carry their load.
SECOND_LOCKS = {
    "take: epoch as seen": "The heartbeat grows with each take too and never falls, so it says as much.",
    "change: only on a row that tells none": "Who would tell a change anew has an old version of the state, "
    "and the fold over the timeline leaves out what has told. Kept for a store that was mended by hand.",
    "repeat: by stream position": "The ids and the fold over the timeline know a replay as well. "
    "It costs no read, they cost one or two a shipment.",
    "repeat: by recent id": "The fold over the timeline knows such a repeat as well, for one more read.",
    "publish: a replay gives back what is pending": "The sweeper finds it too, five seconds later.",
    "end: the children's rows come first": "The audit adds them too, half a minute later.",
    "children: the audit adds what is missing": "Whoever ends a shard has added its children.",
}
# Second locks that stand in for each other: without both of a pair the protocol must fail.
PAIRS = [("end: the children's rows come first", "children: the audit adds what is missing")]
LEASE_GUARDS = [guard for guard in ownership.GUARDS if guard not in SECOND_LOCKS]


def search_leases(*without: str) -> Explored:
    model = LeaseModel(frozenset(without))
    return explore(ownership.World(), model.steps, model.find_broken, model.is_goal)


def search_stream(story: Story, *without: str) -> Explored:
    model = StreamModel(story, frozenset(without))
    return explore(begin(story), model.steps, model.find_broken, model.is_goal)


def test_a_lease_keeps_owners_apart_and_can_always_be_taken_over():
    found = search_leases()
    assert found.broken == "", found


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_nothing_is_lost_or_told_twice_in_any_order_of_steps(story):
    found = search_stream(story)
    assert found.broken == "", found


@pytest.mark.parametrize("guard", LEASE_GUARDS)
def test_without_this_guard_a_lease_fails_somebody(guard):
    assert search_leases(guard).broken != ""


@pytest.mark.parametrize("guard", SHOWN_BY)
def test_without_this_guard_an_invariant_breaks(guard):
    assert search_stream(SHOWN_BY[guard], guard).broken != ""


@pytest.mark.parametrize("pair", PAIRS, ids=" + ".join)
def test_of_two_locks_on_one_door_one_is_needed(pair):
    assert search_stream(SPLIT, *pair).broken != ""


def test_every_guard_is_shown_to_be_needed_or_says_why_it_is_a_second_lock():
    assert {*LEASE_GUARDS, *SHOWN_BY, *SECOND_LOCKS} == {*ownership.GUARDS, *protocol.GUARDS}
    assert set(SHOWN_BY) & set(SECOND_LOCKS) == set()


def test_a_broken_world_is_shown_with_the_shortest_way_to_it():
    found = search_stream(STORIES[0], "checkpoint: only over what is done")
    assert (found.broken, found.steps) == (
        "I1: an event was passed and is not recorded",
        ("A takes shard 0", "A reads up to 1", "A renews with 1 done"),
    )
