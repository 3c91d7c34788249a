"""Towns that a parcel passed, from the places of its journey."""

import pytest

from tracking.adapters.memory_towns import MemoryTowns
from tracking.pages.journey_towns import MAX_TOWNS, drop_kind, find_towns
from tracking.pages.lane_map import Stop

START, END = Stop("Nelamangala", 13.10, 77.39), Stop("Mysuru", 12.34, 76.62)
TOWNS = MemoryTowns(
    {
        "Nelamangala": [(13.10, 77.39)],
        "Kengeri": [(12.91, 77.49)],
        "Ramanagara": [(12.72, 77.28)],
        "Maddur": [(12.58, 77.05), (17.06, 78.9)],
        "Nagpur": [(21.15, 79.09)],
        "Mysuru": [(12.30, 76.65)],
    }
)


def make_answer(*places, leg="forward", status="in_transit"):
    """Return an answer whose steps are these places, the first one first."""
    events = [{"place": place, "status": status} for place in places]
    return {"leg": leg, "events": events[::-1]}


def names(answer):
    return [town.name for town in find_towns(answer, TOWNS, START, END)]


def test_towns_are_in_the_order_in_which_they_were_passed():
    answer = make_answer(
        None,
        "Nelamangala Gateway",
        "Kengeri, Karnataka",
        "Kengeri, Karnataka",
        "Ramanagara, Karnataka",
        "Maddur",
    )
    assert find_towns(answer, TOWNS, START, END) == (
        Stop("Kengeri", 12.91, 77.49),
        Stop("Ramanagara", 12.72, 77.28),
        Stop("Maddur", 12.58, 77.05),
    )


@pytest.mark.parametrize("place", [None, "", "Nowhere, Karnataka", "Nagpur, Maharashtra", "Mysuru Hub"])
def test_a_place_that_is_unknown_or_far_away_or_an_end_is_left_out(place):
    assert names(make_answer("Maddur, Karnataka", place)) == ["Maddur"]


def test_between_two_ends_in_one_city_its_centre_is_no_place_on_the_way():
    ends = Stop("Peenya", 13.03, 77.52), Stop("Koramangala", 12.94, 77.62)
    answer = make_answer("Peenya Hub", "Kengeri, Karnataka", "Koramangala Hub")
    assert find_towns(answer, TOWNS, *ends) == ()


def test_on_the_way_back_only_towns_of_the_way_back_count():
    forward = make_answer("Kengeri", "Ramanagara")
    back = make_answer("Maddur", leg="return", status="returning")
    answer = back | {"events": [*back["events"], *forward["events"]]}
    assert names(answer) == ["Maddur"]


def test_of_many_towns_the_last_ones_are_kept():
    many = {f"Town {n}": [(13.10 - 0.076 * n, 77.39 - 0.077 * n)] for n in range(1, 10)}
    found = find_towns(make_answer(*many), MemoryTowns(many), START, END)
    assert [town.name for town in found] == [f"Town {n}" for n in range(10 - MAX_TOWNS, 10)]


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Mysuru Hub", "Mysuru"),
        ("Bengaluru Peenya Sort Centre", "Bengaluru Peenya"),
        ("Hub", "Hub"),
        ("", ""),
    ],
)
def test_a_hubs_name_is_shown_without_its_kind(name, short):
    assert drop_kind(name) == short
