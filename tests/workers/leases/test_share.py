"""Fair share: an even spread, whatever the numbers, and no to and fro."""

import hypothesis.strategies as st
import pytest
from hypothesis import given

from workers.leases.share import floor_share_of, share_of, should_hand_over

ROOMS = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 8), min_size=1)


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
def test_each_worker_may_take_the_ceiling_of_an_even_spread_that_its_room_allows(slots, leases, shares):
    assert [share_of(worker, slots, leases) for worker in slots] == shares


@given(ROOMS, st.integers(0, 60))
def test_all_leases_find_a_place_while_there_is_room_for_them(slots, leases):
    assert sum(share_of(worker, slots, leases) for worker in slots) >= min(leases, sum(slots.values()))


@given(ROOMS, st.integers(0, 60))
def test_the_floor_of_the_spread_is_never_more_than_there_is_and_differs_by_one_at_most(slots, leases):
    floors = {worker: floor_share_of(worker, slots, leases) for worker in slots}
    assert sum(floors.values()) <= leases
    assert all(0 <= share_of(worker, slots, leases) - floors[worker] <= 1 for worker in slots)


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
def test_a_worker_hands_over_only_when_it_has_too_many_and_another_too_few(held, hands_over):
    slots = {worker: 4 for worker in held if worker != "gone"}
    assert should_hand_over("a", held, slots) is hands_over


@given(ROOMS, st.integers(1, 40))
def test_handing_over_comes_to_an_end_whoever_takes_what_is_free(slots, leases):
    held = dict.fromkeys(slots, 0) | {min(slots): leases}
    for _ in range(200):
        giver = next((worker for worker in slots if should_hand_over(worker, held, slots)), None)
        if giver is None:
            return
        taker = next(
            worker
            for worker in slots
            if held[worker] < min(slots[worker], floor_share_of(worker, slots, sum(held.values())))
        )
        held[giver] -= 1
        held[taker] += 1
    raise AssertionError(f"still handing over: {held}")
