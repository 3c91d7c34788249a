"""Re-anchoring: when a jump is believed, by a second fix, by a third one, or since it ends at a hub."""

from tests.tracking.domain.test_position import clean_all, fix_at, flags_of
from tracking.domain.position import CleanedFix, FixMemory, start_at_hub


def test_two_jumps_that_agree_within_five_minutes_are_a_new_track():
    cleaned = clean_all(fix_at(0), fix_at(30, 50), fix_at(330, 50.3), fix_at(360, 50.6))
    assert [one.flags for one in cleaned] == [(), ("jump",), ("rebased",), ()]
    assert not cleaned[2].is_dropped
    assert cleaned[2].memory == FixMemory(accepted=fix_at(330, 50.3))


def test_jumps_further_apart_are_a_new_track_once_three_agree():
    cleaned = clean_all(fix_at(0), fix_at(30, 900), fix_at(331, 900), fix_at(632, 900))
    assert [one.flags for one in cleaned] == [(), ("jump",), ("jump",), ("rebased",)]


def test_a_jump_that_is_reported_twice_for_one_instant_is_not_confirmed():
    cleaned = clean_all(fix_at(0), fix_at(30, 50), fix_at(30, 50), fix_at(60, 0.2))
    assert [one.flags for one in cleaned] == [(), ("jump",), ("jump",), ()]


def test_a_bad_first_fix_and_an_air_leg_cost_one_fix():
    assert flags_of(fix_at(0, 400), *(fix_at(60 * count) for count in range(1, 5))) == [
        (),
        ("jump",),
        ("rebased",),
        (),
        (),
    ]
    assert flags_of(fix_at(0), fix_at(9_000, 1_740), fix_at(9_120, 1_741)) == [(), ("jump",), ("rebased",)]


def test_a_jump_that_ends_at_a_hub_starts_the_track_there():
    jump = clean_all(fix_at(0), fix_at(30, 50))[1]
    assert start_at_hub(jump, fix_at(30, 50)) == CleanedFix(
        jump.lat, jump.lon, ("rebased",), FixMemory(accepted=fix_at(30, 50))
    )
