"""Places by the nearest town: names people know, no answer that hangs on what was asked before."""

import math
import time

import hypothesis.strategies as st
import pytest
from hypothesis import given

from tracking.domain.eta import distance_km
from tracking.domain.events import Place
from workers.places.nearest import REACH_KM, NearestTown
from workers.places.towns import Town, read_towns

NOWHERE = Place()
places = NearestTown()
latitudes = st.floats(min_value=6, max_value=36)
longitudes = st.floats(min_value=68, max_value=98)


def name(lat: float, lon: float) -> tuple[str | None, str | None]:
    (place,) = places.locate([(lat, lon)])
    return place.town, place.state


@pytest.mark.parametrize(
    ("lat", "lon", "town", "state"),
    [
        (12.9767, 77.5713, "Bengaluru", "Karnataka"),  # Majestic bus stand
        (12.9698, 77.7499, "Bengaluru", "Karnataka"),  # Whitefield
        (12.8399, 77.6770, "Bengaluru", "Karnataka"),  # Electronics City
        (13.1005, 77.5940, "Bengaluru", "Karnataka"),  # Yelahanka
        (12.9081, 77.4823, "Bengaluru", "Karnataka"),  # Kengeri
        (13.1986, 77.7066, "Devanahalli", "Karnataka"),  # Kempegowda airport
        (13.0950, 77.3960, "Nelamangala", "Karnataka"),
        (13.0700, 77.7980, "Hoskote", "Karnataka"),
        (12.7400, 77.8250, "Hosur", "Tamil Nadu"),
        (13.3400, 77.1000, "Tumakuru", "Karnataka"),
        (12.3052, 76.6552, "Mysuru", "Karnataka"),  # the palace
        (12.5240, 76.8970, "Mandya", "Karnataka"),
        (13.1367, 78.1292, "Kolar", "Karnataka"),
        (12.8698, 74.8430, "Mangaluru", "Karnataka"),  # Hampankatta
        (28.6139, 77.2090, "Delhi", "Delhi"),  # Central Secretariat
        (18.9402, 72.8356, "Mumbai", "Maharashtra"),  # Chhatrapati Shivaji terminus
        (13.0827, 80.2757, "Chennai", "Tamil Nadu"),  # Central station
        (22.5839, 88.3434, "Howrah", "West Bengal"),  # Howrah station
    ],
)
def test_a_known_spot_gets_the_name_people_use(lat, lon, town, state):
    assert name(lat, lon) == (town, state)


def test_the_distance_is_that_to_the_town_in_whole_kilometres():
    (place,) = places.locate([(12.35, 76.90)])
    assert place == Place(town="Malavalli", state="Karnataka", distance_km=18.0)


@pytest.mark.parametrize(
    "point",
    [
        (15.0, 65.0),  # the Arabian Sea
        (27.1, 70.5),  # the Thar desert
        (0.0, 0.0),
        (91.0, 77.0),
        (12.9, 181.0),
        (math.nan, 77.5),
        (12.9, math.inf),
    ],
)
def test_a_point_far_from_every_town_or_no_point_at_all_gets_an_empty_place(point):
    assert places.locate([point]) == [NOWHERE]


def test_points_are_answered_in_the_order_they_were_asked():
    points = [(12.97, 77.59), (0.0, 0.0), (28.61, 77.21), (12.97, 77.59)]
    assert [place.town for place in places.locate(points)] == ["Bengaluru", None, "Delhi", "Bengaluru"]
    assert places.locate([]) == []


def test_a_town_beyond_the_edge_of_its_cell_is_found():
    lone = NearestTown([Town("Edge", "State", 12.999, 77.999, (), "", "")])
    around = [(13.2, 78.2), (12.8, 78.2), (13.2, 77.8), (12.8, 77.8)]
    assert [place.town for place in lone.locate(around)] == ["Edge"] * 4


@given(latitudes, longitudes)
def test_no_town_of_the_table_is_nearer_than_the_one_named(lat, lon):
    (place,) = places.locate([(lat, lon)])
    nearest_km = min(distance_km(lat, lon, town.lat, town.lon) for town in read_towns())
    # Positions are rounded to 0.01 degree, 0.8 km at most, and distances to whole kilometres.
    if place.distance_km is None:
        assert nearest_km > REACH_KM - 1
    else:
        assert abs(place.distance_km - nearest_km) <= 1.4


@given(latitudes, longitudes)
def test_an_answer_remembered_is_the_answer_worked_out_anew(lat, lon):
    places.locate([(lat + 0.004, lon - 0.004)])
    assert places.locate([(lat, lon)]) == NearestTown().locate([(lat, lon)])


@given(st.floats(), st.floats())
def test_no_pair_of_numbers_raises(lat, lon):
    assert len(places.locate([(lat, lon)])) == 1


def test_a_point_asked_before_is_answered_within_twenty_microseconds():
    points = [(12.9 + number / 10_000, 77.5 + number / 10_000) for number in range(1_000)]
    places.locate(points)
    # The best of several runs, so that another process's turn does not count.
    runs = []
    for _ in range(5):
        started = time.perf_counter()
        places.locate(points)
        runs.append((time.perf_counter() - started) / len(points))
    assert min(runs) < 20e-6


@pytest.mark.parametrize(
    ("pincode", "lat", "lon"),
    [
        ("560034", 12.9352, 77.6245),  # Koramangala, by all digits
        ("560999", 12.9719, 77.5937),  # Bengaluru, by the first three
        ("562110", 13.2465, 77.7118),  # Devanahalli
        ("577004", 14.4669, 75.9269),  # Davanagere, by the first four
        ("577203", 13.9316, 75.5679),  # Shivamogga, by the first three
        ("110001", 28.6519, 77.2315),
    ],
)
def test_a_pin_code_is_found_by_the_longest_beginning_a_town_stands_for(pincode, lat, lon):
    assert places.locate_pincode(pincode) == (lat, lon)


@pytest.mark.parametrize("pincode", ["", "999999", "56003", "5600345", "560 34", "abcdef", "٥٦٠٠٣٤"])
def test_what_is_no_pin_code_of_ours_is_nowhere(pincode):
    assert places.locate_pincode(pincode) is None


def test_every_town_of_the_table_is_in_india_and_named():
    for town in read_towns():
        assert 6 < town.lat < 36, town
        assert 68 < town.lon < 98, town
        assert "" not in (town.name, town.state), town


def test_each_pin_code_belongs_to_one_line_and_begins_as_one_can():
    codes = [code for town in read_towns() for code in town.pin_codes]
    assert len(codes) == len(set(codes))
    assert all(code.isdecimal() and 3 <= len(code) <= 6 and code[0] != "0" for code in codes)


def test_no_two_points_of_the_table_are_the_same():
    points = [(town.lat, town.lon) for town in read_towns()]
    assert len(points) == len(set(points))


def test_the_hubs_of_the_pilot_are_named_by_their_own_town():
    import tomllib

    from django.conf import settings

    hubs = tomllib.loads((settings.BASE_DIR / "swiftlogix" / "simulator" / "pilot.toml").read_text())["hubs"]
    named = {hub["hub_id"]: name(hub["lat"], hub["lon"])[0] for hub in hubs}
    assert named == {hub["hub_id"]: hub["town"] for hub in hubs}
