"""Lease and commit protocol keeps its invariants, and each of its guards is needed.

A long run leaves out each guard in turn, else every third one.
"""

import pytest

from tests.long_runs import LONG
from tests.model import ownership, protocol
from tests.model.ownership import LeaseModel
from tests.model.protocol import StreamModel
from tests.model.search import Explored, explore
from tests.model.stories import SHOWN_BY, SPLIT, STORIES
from tests.model.stream import Story, begin

pytestmark = pytest.mark.slow

# Redundant guards: no invariant breaks without one of them alone. Each has the reason why it exists.
REDUNDANT = {
    "take: epoch as seen": "The heartbeat grows with each take and never falls, so it implies the same.",
    "change: only on a row that tells none": "A writer that would record a change again has an old "
    "state, and the fold leaves out rows with a change. Kept for a store that was repaired by hand.",
    "repeat: by stream position": "The ids and the fold over the timeline detect a replay as well. "
    "This guard needs no read; they need one or two per shipment.",
    "repeat: by recent id": "The fold over the timeline detects such a repeat as well, with one more read.",
    "publish: a replay gives back what is pending": "The sweeper finds it too, five seconds later.",
    "end: the children's rows come first": "The audit adds them too, half a minute later.",
    "children: the audit adds what is missing": "The consumer that ends a shard has added its children.",
}
# Redundant guards that stand in for each other: without both of a pair an invariant breaks.
PAIRS = [("end: the children's rows come first", "children: the audit adds what is missing")]
EACH = 1 if LONG else 3
LEASE_GUARDS = [guard for guard in ownership.GUARDS if guard not in REDUNDANT]


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
def test_nothing_is_lost_or_published_twice_in_any_order_of_steps(story):
    found = search_stream(story)
    assert found.broken == "", found


@pytest.mark.parametrize("guard", LEASE_GUARDS[::EACH])
def test_without_this_guard_a_lease_property_fails(guard):
    assert search_leases(guard).broken != ""


@pytest.mark.parametrize("guard", list(SHOWN_BY)[::EACH])
def test_without_this_guard_an_invariant_breaks(guard):
    assert search_stream(SHOWN_BY[guard], guard).broken != ""


@pytest.mark.parametrize("pair", PAIRS, ids=" + ".join)
def test_of_two_guards_that_stand_in_for_each_other_one_is_needed(pair):
    assert search_stream(SPLIT, *pair).broken != ""


def test_every_guard_is_needed_or_listed_as_redundant_with_a_reason():
    assert {*LEASE_GUARDS, *SHOWN_BY, *REDUNDANT} == {*ownership.GUARDS, *protocol.GUARDS}
    assert set(SHOWN_BY) & set(REDUNDANT) == set()


def test_a_broken_world_is_reported_with_the_shortest_path_to_it():
    found = search_stream(STORIES[0], "checkpoint: only over what is done")
    assert (found.broken, found.steps) == (
        "I1: an event was passed and is not recorded",
        ("A takes shard 0", "A reads up to 1", "A renews with 1 done"),
    )
