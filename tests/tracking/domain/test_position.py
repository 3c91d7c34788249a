"""Cleaning of positions: each rule, the memory between fixes, and no input that raises."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.domain.position import (
    CleanedFix,
    Fix,
    FixMemory,
    clean_fix,
    correct_clock,
    is_position,
)

NOON = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)
LAT, LON = 12.9716, 77.5946
# A kilometre of latitude, in degrees.
KM = 1 / 111.195


def fix_at(seconds: float, north_km: float = 0.0, **fields) -> Fix:
    return Fix(occurred_at=NOON + timedelta(seconds=seconds), lat=LAT + north_km * KM, lon=LON, **fields)


def clean_all(*fixes: Fix, late_by: timedelta = timedelta(seconds=1)) -> list[CleanedFix]:
    memory, cleaned = FixMemory(), []
    for fix in fixes:
        cleaned.append(clean_fix(memory, fix, fix.occurred_at + late_by))
        memory = cleaned[-1].memory
    return cleaned


def flags_of(*fixes: Fix) -> list[tuple[str, ...]]:
    return [cleaned.flags for cleaned in clean_all(*fixes)]


@pytest.mark.parametrize(
    ("lat", "lon"),
    [(0, 0), (0.09, -0.09), (0.0, 77.5946), (12.9716, 0.0), (float("nan"), 77), (12, float("inf"))],
)
def test_null_island_and_what_is_no_number_are_dropped(lat, lon):
    known = clean_all(fix_at(0))[0].memory
    fix = Fix(occurred_at=NOON + timedelta(seconds=30), lat=lat, lon=lon)
    cleaned = clean_fix(known, fix, fix.occurred_at)
    assert (cleaned.flags, cleaned.is_dropped, cleaned.memory) == (("null_island",), True, known)
    assert clean_fix(FixMemory(), fix, fix.occurred_at).memory == FixMemory()


def test_a_point_near_the_equator_off_null_island_is_kept():
    assert clean_fix(FixMemory(), Fix(occurred_at=NOON, lat=0.05, lon=0.11), NOON).flags == ()


def test_axes_that_were_exchanged_are_put_right():
    cleaned = clean_fix(FixMemory(), Fix(occurred_at=NOON, lat=LON, lon=LAT), NOON)
    assert (cleaned.lat, cleaned.lon, cleaned.flags, cleaned.is_dropped) == (LAT, LON, ("swapped",), False)
    assert cleaned.memory.accepted == Fix(occurred_at=NOON, lat=LAT, lon=LON)


def test_a_point_abroad_stays_where_it_is():
    assert clean_fix(FixMemory(), Fix(occurred_at=NOON, lat=51.5, lon=-0.12), NOON).flags == ()


def test_a_fix_nobody_can_have_driven_to_is_dropped_and_the_next_one_is_believed():
    cleaned = clean_all(fix_at(0), fix_at(30, 2.0), fix_at(60, 0.4))
    assert [one.flags for one in cleaned] == [(), ("jump",), ()]
    assert cleaned[1].memory.accepted == fix_at(0)
    assert cleaned[2].memory == FixMemory(accepted=fix_at(60, 0.4))


def test_a_jump_is_measured_after_both_accuracies_are_taken_off():
    # 1.4 km in 30 s are 168 km/h; less 2 x 100 m they are 144.
    assert flags_of(fix_at(0, accuracy_m=100), fix_at(30, 1.4, accuracy_m=100)) == [(), ()]
    assert flags_of(fix_at(0, accuracy_m=5), fix_at(30, 1.4, accuracy_m=5)) == [(), ("jump",)]


def test_two_places_at_one_instant_are_a_jump():
    assert flags_of(fix_at(0), fix_at(0, 1.0)) == [(), ("jump",)]


@pytest.mark.parametrize(
    ("lat", "lon", "expected"),
    [
        (94.912, 27.4728, (27.4728, 94.912, ("swapped",))),
        (92.79, 26.63, (26.63, 92.79, ("swapped",))),
        (92.72, 11.62, (11.62, 92.72, ("swapped",))),
    ],
)
def test_axes_are_exchanged_before_their_range_is_checked(lat, lon, expected):
    cleaned = clean_fix(FixMemory(), Fix(occurred_at=NOON, lat=lat, lon=lon), NOON)
    assert (cleaned.lat, cleaned.lon, cleaned.flags) == expected
    assert is_position(lat, lon)


@pytest.mark.parametrize(("lat", "lon"), [(91, 77), (94.912, -27.4728), (12, -180.5), (1e300, 1e300)])
def test_degrees_outside_the_globe_are_no_position(lat, lon):
    assert not is_position(lat, lon)
    assert clean_fix(FixMemory(), Fix(occurred_at=NOON, lat=lat, lon=lon), NOON).flags == ("null_island",)


def test_jumps_that_do_not_agree_are_no_new_track():
    assert flags_of(fix_at(0), fix_at(30, 50), fix_at(60, 80), fix_at(90, 20), fix_at(120, 60)) == [
        (),
        *[("jump",)] * 4,
    ]


def test_a_position_that_stands_while_the_vehicle_drives_is_frozen_after_ten_minutes():
    standing = [fix_at(300 * count, speed_kmh=40) for count in range(5)]
    assert flags_of(*standing, fix_at(1_260, 1.0, speed_kmh=40)) == [
        (),
        (),
        (),
        ("frozen",),
        ("frozen",),
        (),
    ]


def test_a_vehicle_that_is_parked_is_not_frozen():
    assert flags_of(*[fix_at(300 * count, speed_kmh=0) for count in range(5)]) == [()] * 5


def test_a_fix_older_than_the_one_believed_is_history_and_changes_no_memory():
    memory = clean_all(fix_at(0), fix_at(600, 5))[-1].memory
    cleaned = clean_fix(memory, fix_at(300, 90), NOON + timedelta(seconds=601))
    assert (cleaned.flags, cleaned.is_history, cleaned.memory) == ((), True, memory)


def test_a_late_clock_is_flagged_after_five_fixes_sent_one_by_one():
    late = timedelta(hours=5, minutes=30, seconds=20)
    fixes = [fix_at(30 * count, 0.3 * count) for count in range(6)]
    flags = [cleaned.flags for cleaned in clean_all(*fixes, late_by=late)]
    assert flags == [(), (), (), (), ("skew_late",), ("skew_late",)]


def test_a_buffer_flushed_five_and_a_half_hours_later_is_no_clock_that_runs_late():
    memory, came = FixMemory(), NOON + timedelta(hours=5, minutes=31)
    for count in range(8):
        cleaned = clean_fix(memory, fix_at(10 * count), came + timedelta(milliseconds=10 * count))
        memory = cleaned.memory
        assert cleaned.flags == ()


@pytest.mark.parametrize(
    ("ahead", "by"),
    [
        (timedelta(hours=5, minutes=30), timedelta(0)),
        (timedelta(hours=5, minutes=39), timedelta(minutes=9)),
        (timedelta(hours=5, minutes=21), -timedelta(minutes=9)),
    ],
)
def test_a_time_stamped_with_indias_clock_is_corrected(ahead, by):
    assert correct_clock(NOON + ahead, NOON) == NOON + by


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(hours=5), timedelta(hours=6), timedelta(days=1)])
def test_any_other_time_is_left_as_it_is(ahead):
    assert correct_clock(NOON + ahead, NOON) is None


moments = (st.integers(-90_000, 90_000) | st.integers(-1_500_000_000, 300_000_000)).map(
    lambda seconds: NOON + timedelta(seconds=seconds)
)
any_fixes = st.builds(
    Fix,
    occurred_at=moments,
    lat=st.floats() | st.floats(12.9, 13.1) | st.sampled_from([LAT, LON, 0.0]),
    lon=st.floats() | st.floats(77.5, 77.7) | st.sampled_from([LAT, LON, 0.0]),
    accuracy_m=st.none() | st.floats(0, 10_000),
    speed_kmh=st.none() | st.floats(0, 300),
)


@given(st.lists(st.tuples(any_fixes, moments), max_size=12))
def test_no_fix_raises_and_what_was_believed_never_goes_back_in_time(sent):
    memory = FixMemory()
    for fix, received_at in sent:
        before, memory = memory, clean_fix(memory, fix, received_at).memory
        assert len(memory.rejected) < 3
        assert len(memory.lags) <= 5
        if before.accepted is not None:
            assert memory.accepted is not None
            assert memory.accepted.occurred_at >= before.accepted.occurred_at


@given(st.lists(any_fixes, max_size=12))
def test_the_speed_between_two_fixes_believed_is_never_a_jump_unless_the_track_was_rebased(fixes):
    from tracking.domain.position import _is_jump

    memory = FixMemory()
    for fix in fixes:
        cleaned = clean_fix(memory, fix, fix.occurred_at)
        believed = cleaned.memory.accepted
        if memory.accepted is not None and believed is not None and "rebased" not in cleaned.flags:
            assert not _is_jump(memory.accepted, believed) or believed == memory.accepted
        memory = cleaned.memory


def flags_at(lat: float, lon: float) -> tuple[str, ...]:
    return clean_fix(FixMemory(), Fix(occurred_at=NOON, lat=lat, lon=lon), NOON).flags


@pytest.mark.parametrize(
    ("lat", "lon", "flags"),
    [
        (77, 6, ("swapped",)),
        (77, 5.99, ()),
        (77, 38, ("swapped",)),
        (77, 38.01, ()),
        (68, 13, ("swapped",)),
        (67.99, 13, ()),
        (90, 13, ("swapped",)),
        (90.01, 13, ("swapped",)),
        (98, 13, ("swapped",)),
        (98.01, 13, ("null_island",)),
        (13, 180, ()),
        (13, 180.01, ("null_island",)),
        (-90, -180, ()),
        (0.1, 0.01, ()),
        (0.01, -0.1, ()),
        (0.1, 0, ("null_island",)),
        (0, -0.1, ("null_island",)),
        (0.0999, 0.0999, ("null_island",)),
    ],
)
def test_axes_are_swapped_only_inside_the_box_of_india_and_positions_off_the_globe_are_dropped(
    lat, lon, flags
):
    assert flags_at(lat, lon) == flags


@pytest.mark.parametrize(
    ("accuracy_m", "km", "is_jump"),
    [
        # In 30 s nobody drives more than 1.25 km, and each fix may be off by its own accuracy.
        (None, 1.299, False),
        (None, 1.301, True),
        (0.0, 1.249, False),
        (0.0, 1.251, True),
        (5000.0, 11.245, False),
        (5000.0, 11.255, True),
    ],
)
def test_a_jump_is_farther_than_150_kmh_and_both_accuracies_allow(accuracy_m, km, is_jump):
    flags = flags_of(fix_at(0, accuracy_m=accuracy_m), fix_at(30, km, accuracy_m=accuracy_m))
    assert flags == [(), ("jump",) if is_jump else ()]


def test_two_jumps_far_apart_in_time_or_three_that_do_not_agree_start_no_new_track():
    agree = clean_all(fix_at(0), fix_at(30, 50), fix_at(331, 50.3))
    assert [one.flags for one in agree] == [(), ("jump",), ("jump",)]
    apart = clean_all(fix_at(0), fix_at(30, 50), fix_at(60, 90), fix_at(90, 130))
    assert [one.flags for one in apart] == [(), ("jump",), ("jump",), ("jump",)]
    assert apart[-1].memory == FixMemory(accepted=fix_at(0), rejected=(fix_at(90, 130),))


@pytest.mark.parametrize(
    ("seconds", "speed_kmh", "moved_degrees", "flags"),
    [
        (600, 40, 0.0, ()),
        (601, 40, 0.0, ("frozen",)),
        (601, 5.0, 0.0, ()),
        (601, 5.1, 0.0, ("frozen",)),
        (601, None, 0.0, ()),
        (601, 40, 0.9e-6, ("frozen",)),
        (601, 40, 1.1e-6, ()),
    ],
)
def test_a_vehicle_that_reports_speed_and_has_not_moved_for_over_ten_minutes_is_frozen(
    seconds, speed_kmh, moved_degrees, flags
):
    later = fix_at(seconds, moved_degrees / KM, speed_kmh=speed_kmh)
    assert flags_of(fix_at(0, speed_kmh=40), later) == [(), flags]
    east = msgspec.structs.replace(later, lat=LAT, lon=LON + moved_degrees)
    assert flags_of(fix_at(0, speed_kmh=40), east) == [(), flags]


def test_a_second_fix_of_the_same_instant_is_accepted():
    memory = clean_all(fix_at(0))[-1].memory
    cleaned = clean_fix(memory, fix_at(0, 0.01), NOON)
    assert (cleaned.flags, cleaned.is_history, cleaned.memory.accepted) == ((), False, fix_at(0, 0.01))


LATE = timedelta(hours=5, minutes=30)


def flags_of_lags(*sent: tuple[float, float]) -> tuple[str, ...]:
    """Return the last flags of fixes made at these seconds and received so many seconds after 5.5 h later."""
    memory = FixMemory()
    for made, late_by in sent:
        fix = fix_at(made)
        cleaned = clean_fix(memory, fix, fix.occurred_at + LATE + timedelta(seconds=late_by))
        memory = cleaned.memory
    return cleaned.flags


@pytest.mark.parametrize(
    ("sent", "flags"),
    [
        ([(30 * n, 120) for n in range(5)], ("skew_late",)),
        ([(30 * n, -120) for n in range(5)], ("skew_late",)),
        ([(30 * n, 121) for n in range(5)], ()),
        ([(30 * n, 0) for n in range(4)], ()),
        ([(0, 0), (30, 0), (60, 121), (90, 0), (120, 0), (150, 0)], ()),
        ([(30 * n, 3 * n) for n in range(5)], ("skew_late",)),
        ([(30 * n, 3.1 * n) for n in range(5)], ()),
        ([(0, 0)] * 5, ()),
    ],
)
def test_a_clock_runs_late_if_five_fixes_in_a_row_arrive_5_h_30_late_at_their_own_spacing(sent, flags):
    assert flags_of_lags(*sent) == flags


@pytest.mark.parametrize(
    ("off_by", "is_corrected"),
    [
        (timedelta(minutes=10), True),
        (-timedelta(minutes=10), True),
        (timedelta(minutes=10, microseconds=1), False),
        (-timedelta(minutes=10, microseconds=1), False),
    ],
)
def test_a_clock_in_indian_time_is_recognized_within_ten_minutes_of_5_h_30(off_by, is_corrected):
    assert correct_clock(NOON + LATE + off_by, NOON) == (NOON + off_by if is_corrected else None)
