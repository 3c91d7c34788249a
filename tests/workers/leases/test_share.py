"""Fair share: an even spread for any numbers, without moving leases back and forth."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from workers.leases.share import compute_floor_share, compute_share, should_hand_over

SLOTS = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 8), min_size=1)


@pytest.mark.parametrize(
    ("slots", "leases", "shares"),
    [
        ({"a": 4}, 2, [2]),
        ({"a": 4, "b": 4}, 2, [1, 1]),
        ({"a": 4, "b": 4}, 3, [2, 2]),
        ({"a": 2, "b": 8}, 10, [2, 8]),
        ({"a": 4, "b": 4}, 100, [4, 4]),
        ({"a": 4, "b": 0}, 4, [4, 0]),
        ({"a": 4}, 0, [0]),
    ],
)
def test_the_share_of_a_worker_is_the_ceiling_of_an_even_spread_within_its_slots(slots, leases, shares):
    assert [compute_share(worker, slots, leases) for worker in slots] == shares


@given(SLOTS, st.integers(0, 60))
def test_all_leases_are_within_some_share_while_there_are_enough_slots(slots, leases):
    assert sum(compute_share(worker, slots, leases) for worker in slots) >= min(leases, sum(slots.values()))


@given(SLOTS, st.integers(0, 60))
def test_the_floor_shares_add_up_to_at_most_all_leases_and_are_at_most_one_below_the_share(slots, leases):
    floors = {worker: compute_floor_share(worker, slots, leases) for worker in slots}
    assert sum(floors.values()) <= leases
    assert all(0 <= compute_share(worker, slots, leases) - floors[worker] <= 1 for worker in slots)


@pytest.mark.parametrize(
    ("held", "hands_over"),
    [
        ({"a": 4, "b": 0}, True),
        ({"a": 3, "b": 1}, True),
        ({"a": 2, "b": 2}, False),
        ({"a": 2, "b": 1}, False),
        ({"a": 1, "b": 2}, False),
        ({"a": 4, "gone": 2}, False),
    ],
)
def test_a_worker_hands_over_only_when_it_holds_too_many_and_another_too_few(held, hands_over):
    slots = {worker: 4 for worker in held if worker != "gone"}
    assert should_hand_over("a", held, slots) is hands_over


@given(SLOTS, st.integers(1, 40))
def test_handing_over_ends_whichever_process_takes_the_free_leases(slots, leases):
    held = dict.fromkeys(slots, 0) | {min(slots): leases}
    for _ in range(200):
        giver = next((worker for worker in slots if should_hand_over(worker, held, slots)), None)
        if giver is None:
            return
        taker = next(
            worker
            for worker in slots
            if held[worker] < min(slots[worker], compute_floor_share(worker, slots, sum(held.values())))
        )
        held[giver] -= 1
        held[taker] += 1
    raise AssertionError(f"still handing over: {held}")


@pytest.mark.parametrize(
    ("slots", "leases", "floors"),
    [
        ({"a": 4}, 2, [2]),
        ({"a": 4, "b": 4}, 3, [1, 1]),
        ({"a": 4, "b": 4}, 4, [2, 2]),
        ({"a": 2, "b": 8}, 9, [2, 7]),
        ({"a": 2, "b": 8}, 100, [2, 8]),
        ({"a": 4, "b": 0}, 4, [4, 0]),
        ({"a": 4}, 0, [0]),
    ],
)
def test_the_floor_share_of_a_worker_is_the_floor_of_an_even_spread_within_its_slots(slots, leases, floors):
    assert [compute_floor_share(worker, slots, leases) for worker in slots] == floors


@pytest.mark.parametrize("slots", [{}, {"b": 4}])
def test_an_unknown_worker_has_no_share(slots):
    assert (compute_share("a", slots, 3), compute_floor_share("a", slots, 3)) == (0, 0)


def test_a_worker_without_leases_has_none_to_hand_over():
    assert not should_hand_over("a", {"b": 4}, {"a": 4, "b": 4})


def test_leases_are_handed_over_only_while_another_worker_is_below_its_floor_share():
    held, slots = {"a": 3, "b": 1}, {"a": 1, "b": 1}
    assert not should_hand_over("a", held, slots)
    assert should_hand_over("a", {"a": 3, "b": 0}, slots)
