"""Geofences: arrivals and departures from positions alone, with any gaps between them."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracking.domain.distance import distance_km
from tracking.domain.geofence import (
    Crossing,
    CrossingResult,
    Geofence,
    GeofenceMemory,
    Visit,
    detect_crossings,
    is_inside,
    make_geofence,
)
from tracking.domain.position import Fix

NOON = datetime(2026, 11, 22, 6, 30, tzinfo=UTC)
LAT, LON = 12.9716, 77.5946
HUB = make_geofence("BLR", "hub", LAT, LON, "Bengaluru hub")
HOME = make_geofence("home", "recipient", LAT, LON)
METRE = 1 / 111_195
NOTHING_YET = GeofenceMemory()


def fix_at(seconds: float, metres: float, **fields) -> Fix:
    return Fix(
        occurred_at=NOON + timedelta(seconds=seconds),
        lat=LAT + metres * METRE,
        lon=LON,
        **({"accuracy_m": 10.0, "speed_kmh": 0.0} | fields),
    )


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def detect_all(fences, fixes, memory=NOTHING_YET) -> CrossingResult:
    """Return the crossings of several fixes in order of time, and the memory after the last one."""
    crossings = []
    for fix in fixes:
        found, memory = detect_crossings(memory, fences, fix)
        crossings += found
    return CrossingResult(crossings, memory)


def crossings(*fixes: Fix, fence=HUB) -> list[tuple[str, datetime]]:
    return [(crossing.kind, crossing.at) for crossing in detect_all([fence], fixes).crossings]


STAY = [fix_at(0, 2_000), *(fix_at(30 * count, 50) for count in range(1, 9))]
LEAVING = [fix_at(270, 900, speed_kmh=30), fix_at(300, 1_500, speed_kmh=30)]


def test_a_stay_of_three_minutes_is_an_arrival_at_its_first_inside_fix():
    assert detect_all([HUB], STAY).crossings == [Crossing("arrived", HUB, at(30))]


def test_leaving_after_an_arrival_is_a_departure_at_the_first_outside_fix():
    assert crossings(*STAY, *LEAVING) == [("arrived", at(30)), ("departed", at(270))]


def test_passing_through_is_neither():
    through = [fix_at(20 * count, 900 - 250 * count, speed_kmh=45) for count in range(8)]
    assert crossings(*through) == []


def test_a_short_stop_is_neither():
    assert (
        crossings(fix_at(0, 0), fix_at(60, 0), fix_at(120, 0), fix_at(150, 2_000), fix_at(180, 4_000)) == []
    )


def test_at_a_recipient_one_minute_is_enough():
    assert crossings(fix_at(0, 20), fix_at(60, 20), fence=HOME) == [("arrived", at(0))]


def test_a_fix_less_exact_than_the_fence_is_wide_says_nothing():
    vague = [fix_at(30 * count, 0, accuracy_m=350) for count in range(12)]
    assert crossings(*vague) == []
    assert crossings(*STAY, fix_at(270, 5_000, accuracy_m=350), fix_at(300, 5_000, accuracy_m=350)) == [
        ("arrived", at(30))
    ]


def test_one_fix_that_is_not_exact_makes_no_entry_and_two_do():
    stay = [fix_at(0, 0, accuracy_m=60), fix_at(200, 0, accuracy_m=60)]
    assert crossings(stay[0]) == []
    assert crossings(*stay) == [("arrived", at(0))]


def test_a_fix_astray_does_not_end_a_stay():
    astray = [fix_at(270, 3_000), fix_at(300, 50), fix_at(330, 3_000), fix_at(360, 50)]
    assert crossings(*STAY, *astray) == [("arrived", at(30))]


def test_the_belt_around_a_fence_is_neither_inside_nor_outside():
    belt = [fix_at(270 + 30 * count, 350) for count in range(9)]
    assert crossings(*STAY, *belt) == [("arrived", at(30))]


def test_ninety_seconds_after_an_outside_fix_the_belt_counts_as_outside():
    assert crossings(*STAY, fix_at(270, 900), fix_at(300, 350), fix_at(370, 350)) == [
        ("arrived", at(30)),
        ("departed", at(270)),
    ]


def test_a_polygon_is_left_where_its_outline_is_and_not_its_circle():
    yard = msgspec.structs.replace(
        HUB, corners=((LAT, LON), (LAT + 0.002, LON), (LAT + 0.002, LON + 0.002), (LAT, LON + 0.002))
    )
    assert is_inside(yard, LAT + 0.001, LON + 0.001)
    assert not is_inside(yard, LAT + 0.001, LON - 0.0001)


def test_a_visit_is_forgotten_when_its_fence_is_given_up():
    memory = detect_all([HUB], STAY).memory
    assert memory.visits == (Visit(fence_id="BLR", inside_at=at(30), inside=2, entered=True, arrived=True),)
    assert detect_crossings(memory, [], fix_at(270, 50)).memory == GeofenceMemory(seen_at=at(270))


tracks = st.lists(
    st.tuples(st.integers(1, 400), st.floats(-900, 900), st.sampled_from([3.0, 40.0, 200.0, 400.0])),
    max_size=25,
)


def make_track(steps) -> list[Fix]:
    fixes, seconds = [], 0
    for pause, metres, accuracy in steps:
        seconds += pause
        fixes.append(fix_at(seconds, metres, accuracy_m=accuracy, speed_kmh=abs(metres) / 30))
    return fixes


@given(tracks, st.lists(st.integers(1, 6), max_size=25))
def test_any_track_gives_the_same_crossings_in_any_portions(steps, portions):
    fixes = make_track(steps)
    memory, found, rest = GeofenceMemory(), [], fixes
    for portion in [*portions, len(fixes)]:
        step = detect_all([HUB, HOME], rest[:portion], memory)
        memory, found, rest = step.memory, found + step.crossings, rest[portion:]
    whole = detect_all([HUB, HOME], fixes)
    assert (found, memory) == (whole.crossings, whole.memory)


@given(tracks)
def test_arrivals_and_departures_of_a_fence_take_turns(steps):
    kinds = [kind for kind, _ in crossings(*make_track(steps))]
    assert kinds == ["arrived" if number % 2 == 0 else "departed" for number in range(len(kinds))]


@given(st.lists(st.tuples(st.floats(-90, 90), st.floats(-180, 180)), max_size=6))
def test_no_position_on_the_globe_raises(points):
    fixes = [Fix(occurred_at=at(60 * number), lat=lat, lon=lon) for number, (lat, lon) in enumerate(points)]
    detect_all([HUB], fixes)


@pytest.mark.parametrize(("kind", "seconds"), [("hub", 180), ("dark_store", 180), ("recipient", 60)])
def test_a_stay_is_an_arrival_after_the_time_of_its_kind_of_place(kind, seconds):
    fence = make_geofence("f", kind, LAT, LON)
    found = [crossings(fix_at(0, 0), fix_at(last, 0), fence=fence) for last in (seconds - 1, seconds)]
    assert found == [[], [("arrived", at(0))]]


@pytest.mark.parametrize(("kind", "radius_m"), [("hub", 300.0), ("dark_store", 120.0), ("recipient", 80.0)])
def test_each_kind_of_place_has_its_radius(kind, radius_m):
    fence = make_geofence("f", kind, LAT, LON, "Name")
    wanted = Geofence(fence_id="f", kind=kind, lat=LAT, lon=LON, radius_m=radius_m, name="Name")
    assert fence == wanted


@pytest.mark.parametrize(
    ("fields", "is_entered"),
    [
        ({"accuracy_m": 24.9, "speed_kmh": 14.9}, True),
        ({"accuracy_m": 25.0, "speed_kmh": 14.9}, False),
        ({"accuracy_m": None, "speed_kmh": 14.9}, False),
        ({"accuracy_m": 24.9, "speed_kmh": 15.0}, False),
        ({"accuracy_m": 24.9, "speed_kmh": None}, True),
    ],
)
def test_one_accurate_and_slow_fix_is_an_entry(fields, is_entered):
    memory = detect_crossings(GeofenceMemory(), [HUB], fix_at(0, 0, **fields)).memory
    visit = Visit(fence_id="BLR", inside_at=at(0), inside=1, entered=is_entered)
    assert memory == GeofenceMemory(visits=(visit,), seen_at=at(0))


def test_a_vehicle_that_drives_fast_inside_a_geofence_does_not_enter_it():
    assert crossings(*(fix_at(30 * count, 0, speed_kmh=45) for count in range(12))) == []


def test_a_fix_whose_accuracy_equals_the_radius_counts():
    stay = [fix_at(0, 0, accuracy_m=300.0), fix_at(180, 0, accuracy_m=300.0)]
    assert crossings(*stay) == [("arrived", at(0))]


def test_a_fix_that_is_not_newer_than_the_last_one_is_ignored():
    memory = detect_all([HUB], STAY).memory
    assert detect_crossings(memory, [HUB], fix_at(240, 5_000)) == ([], memory)


def test_a_point_on_the_circle_is_inside_and_one_at_the_end_of_the_belt_is_in_the_belt():
    far = fix_at(270, 500, accuracy_m=0.0)
    metres = distance_km(LAT, LON, far.lat, far.lon) * 1000
    on_the_line = msgspec.structs.replace(HUB, radius_m=metres)
    assert is_inside(on_the_line, far.lat, far.lon)
    # As far off as this, the fix might be where the belt ends.
    vague = msgspec.structs.replace(far, accuracy_m=metres - 390.0)
    assert 1.3 * 300.0 + vague.accuracy_m == metres
    memory = detect_all([HUB], [*STAY, vague]).memory
    assert memory.visits[0].outside_at is None


def test_the_belt_counts_as_outside_after_ninety_seconds_and_not_before():
    found = [crossings(*STAY, fix_at(270, 900), fix_at(270 + wait, 350)) for wait in (89, 90)]
    assert found == [[("arrived", at(30))], [("arrived", at(30)), ("departed", at(270))]]


@pytest.mark.parametrize("start", range(6))
def test_a_concave_polygon_is_the_same_from_any_first_corner(start):
    corners = [(0, 0), (0, 2), (1, 2), (1, 1), (2, 1), (2, 0)]
    turned = corners[start:] + corners[:start]
    yard = msgspec.structs.replace(HUB, corners=tuple((LAT + north, LON + east) for north, east in turned))
    points = [(north / 2, east / 2) for north in range(-1, 6, 2) for east in range(-1, 6, 2)]
    inside = [point for point in points if is_inside(yard, LAT + point[0], LON + point[1])]
    assert inside == [(0.5, 0.5), (0.5, 1.5), (1.5, 0.5)]
