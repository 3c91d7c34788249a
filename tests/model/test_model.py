"""Search of the lease and commit protocols: the invariants hold, and each guard is needed."""

import pytest

from tests.model import ownership
from tests.model.guards import LEASE_GUARDS, STREAM_GUARDS
from tests.model.ownership import LeaseModel
from tests.model.protocol import StreamModel
from tests.model.scenarios import SCENARIOS, SHOWN_BY, SPLIT
from tests.model.search import Explored, explore
from tests.model.stream import Scenario, begin

pytestmark = pytest.mark.slow

# Second locks: guards whose loss alone breaks nothing, with the reason to keep them and the guard that helps.
REDUNDANT_GUARDS = {
    "take: epoch as observed": "The heartbeat grows with each take too and never falls, so it is enough.",
    "change: only on a row without one": "A writer that would record a change twice has an old version of "
    "the state, and the fold over the timeline skips recorded changes. Kept for a store repaired by hand.",
    "repeat: by position": "The ids and the fold over the timeline detect a replay as well. "
    "This check costs no read, those cost one or two for each shipment.",
    "repeat: by recent id": "The fold over the timeline detects such a repeat as well, for one more read.",
    "publish: a replay gives back what is pending": "The sweeper finds it too, five seconds later.",
    "end: the children's rows come first": "The audit adds them too, half a minute later.",
    "children: the audit adds what is missing": "The owner that ends a shard has added its children.",
}
# Redundant guards that replace each other: without both of a pair the protocol must fail.
PAIRS = [("end: the children's rows come first", "children: the audit adds what is missing")]
NEEDED_LEASE_GUARDS = [guard for guard in LEASE_GUARDS if guard not in REDUNDANT_GUARDS]


def search_leases(*without: str) -> Explored:
    model = LeaseModel(frozenset(without))
    return explore(ownership.World(), model.steps, model.find_broken, model.is_goal)


def search_stream(scenario: Scenario, *without: str) -> Explored:
    model = StreamModel(scenario, frozenset(without))
    return explore(begin(scenario), model.steps, model.find_broken, model.is_goal)


def test_a_lease_keeps_owners_apart_and_can_always_be_taken_over():
    found = search_leases()
    assert found.broken == "", found


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_nothing_is_lost_or_published_twice_in_any_order_of_steps(scenario):
    found = search_stream(scenario)
    assert found.broken == "", found


@pytest.mark.parametrize("guard", NEEDED_LEASE_GUARDS)
def test_without_this_guard_a_lease_property_is_violated(guard):
    assert search_leases(guard).broken != ""


@pytest.mark.parametrize("guard", SHOWN_BY)
def test_without_this_guard_an_invariant_is_violated(guard):
    assert search_stream(SHOWN_BY[guard], guard).broken != ""


@pytest.mark.parametrize("pair", PAIRS, ids=" + ".join)
def test_one_guard_of_each_redundant_pair_is_needed(pair):
    assert search_stream(SPLIT, *pair).broken != ""


def test_every_guard_is_shown_to_be_needed_or_has_a_reason_to_be_redundant():
    assert {*NEEDED_LEASE_GUARDS, *SHOWN_BY, *REDUNDANT_GUARDS} == {*LEASE_GUARDS, *STREAM_GUARDS}
    assert set(SHOWN_BY) & set(REDUNDANT_GUARDS) == set()


def test_a_violation_is_reported_with_the_shortest_path_to_it():
    found = search_stream(SCENARIOS[0], "checkpoint: only over what is done")
    assert (found.broken, found.steps) == (
        "I1: an event was passed and is not recorded",
        ("A takes shard 0", "A reads up to 1", "A renews with 1 done"),
    )
