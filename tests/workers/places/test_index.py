"""Places index: its answers are those of a search without cells, and it never raises."""

import json
import math
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties import examples
from tracking.domain.events import Place
from workers.places.atlas import COMPILED, Atlas, load_atlas
from workers.places.index import OfflinePlaces
from workers.places.plane import project

pytestmark = pytest.mark.slow

places = OfflinePlaces()
latitudes = st.floats(min_value=6, max_value=37.5)
longitudes = st.floats(min_value=67.5, max_value=98)
BENGALURU = (12.9716, 77.5946)


@pytest.fixture(scope="module")
def atlas() -> Atlas:
    return load_atlas()


def search_everything(atlas: Atlas, lat: float, lon: float) -> dict[str, object]:
    """Search by the rules as documented, over every area, office and town."""
    x, y, scale = (float(part[0]) for part in project(np.array([lat]), np.array([lon])))
    answer = find_area(atlas, x, y, scale) or find_office(atlas, x, y, scale)
    distances = np.hypot(*(atlas.towns.points - (x, y)).T) / scale
    scores = distances / atlas.towns.reach_km
    best = int(scores.argmin())
    if scores[best] <= 2:
        answer |= {"town": atlas.towns.names[best], "town_distance_km": round(float(distances[best]), 1)}
    return answer


def find_area(atlas: Atlas, x: float, y: float, scale: float) -> dict[str, object] | None:
    holding = np.flatnonzero(shapely.intersects_xy(atlas.areas.shapes, x, y))
    if holding.size:
        return describe(atlas, atlas.areas.pincode[holding[0]], x, y, "area", 0.0)
    distances = shapely.distance(atlas.areas.shapes, shapely.Point(x, y)) / scale
    nearest = int(distances.argmin())
    if distances[nearest] <= 1:
        return describe(atlas, atlas.areas.pincode[nearest], x, y, "near", float(distances[nearest]))
    return None


def find_office(atlas: Atlas, x: float, y: float, scale: float) -> dict[str, object]:
    offices = atlas.offices
    distances = np.hypot(*(offices.points - (x, y)).T) / scale
    nearest = int(distances.argmin())
    if distances[nearest] > 50:
        return {}
    district, state = atlas.districts[offices.district[nearest]]
    found = {"district": district, "state": state, "distance_km": round(float(distances[nearest]), 2)}
    if distances[nearest] > 10:
        return found | {"quality": "region"}
    return found | {"quality": "near", "pincode": str(atlas.pincodes[offices.pincode[nearest]])}


def describe(atlas: Atlas, code: int, x: float, y: float, quality: str, distance: float) -> dict[str, object]:
    district = atlas.pincode_district[code]
    own = np.flatnonzero(atlas.offices.pincode == code)
    if len(set(atlas.offices.district[own])) > 1:
        district = atlas.offices.district[own[np.hypot(*(atlas.offices.points[own] - (x, y)).T).argmin()]]
    name, state = atlas.districts[district]
    return {
        "district": name,
        "state": state,
        "pincode": str(atlas.pincodes[code]),
        "quality": quality,
        "distance_km": round(distance, 2),
    }


def check(atlas: Atlas, lat: float, lon: float) -> None:
    wanted = Place(source="offline", dataset_version=atlas.version, **search_everything(atlas, lat, lon))
    found = [
        *OfflineCopy(atlas).locate([(lat, lon)]),
        *places.locate([(lat, lon)]),
        *places.locate([(lat, lon)]),
    ]
    assert found == [wanted] * 3


def OfflineCopy(atlas: Atlas) -> OfflinePlaces:  # noqa: N802  (reads as the class it makes)
    """Places with an empty cell cache, without reading the file again."""
    from workers.places.index import _Names

    fresh = OfflinePlaces()
    fresh.__dict__["_names"] = _Names(atlas)
    return fresh


@settings(max_examples=examples(60))
@given(latitudes, longitudes)
def test_any_point_has_the_names_of_a_search_without_cells(atlas, lat, lon):
    check(atlas, lat, lon)


@settings(max_examples=examples(60))
@given(st.integers(min_value=0, max_value=10**9), st.floats(-1, 1), st.floats(-1, 1))
def test_a_point_at_the_edge_of_an_area_has_the_names_of_a_search_without_cells(atlas, pick, north, east):
    corners = shapely.get_coordinates(atlas.areas.shapes[pick % len(atlas.areas.shapes)])
    from workers.places.plane import unproject

    lat, lon = unproject(*corners[pick % len(corners)])
    check(atlas, lat + north / 2_000, lon + east / 2_000)


@given(st.lists(st.tuples(st.floats(), st.floats()), max_size=5))
def test_no_pair_of_numbers_raises(points):
    assert len(places.locate(points)) == len(points)


def test_places_are_in_the_order_of_the_points():
    points = [BENGALURU, (0.0, 0.0), (28.6139, 77.2090), BENGALURU]
    assert [place.town for place in places.locate(points)] == ["Bengaluru", None, "Delhi", "Bengaluru"]
    assert places.locate([]) == []


@pytest.mark.parametrize(
    "point", [(15.0, 66.0), (0.0, 0.0), (91.0, 77.0), (12.9, 181.0), (math.nan, 77.5), (12.9, math.inf)]
)
def test_points_far_from_india_and_invalid_points_have_quality_none(point):
    (place,) = places.locate([point])
    assert (place.quality, place.label, place.pincode) == ("none", None, None)


def test_many_threads_get_the_same_answers_as_one():
    rng = np.random.default_rng(5)
    points = np.stack((rng.uniform(8, 30, 2_000), rng.uniform(72, 88, 2_000)), axis=1)
    alone = places.locate(points)
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(OfflinePlaces().locate, [points] * 8))
    assert together == [alone] * 8


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 not a zip", b"\x93NUMPY"])
def test_a_missing_or_broken_file_gives_places_of_no_quality_and_is_counted(tmp_path, capsys, content):
    file = tmp_path / "india.npz"
    if content is not None:
        file.write_bytes(content)
    broken = OfflinePlaces(file)
    assert broken.locate([BENGALURU, BENGALURU]) == [Place(quality="none")] * 2
    assert broken.locate_pincode("560001") is None
    assert '"enrich_places_degraded":2' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("pincode", "lat", "lon"),
    [("560034", 12.93, 77.62), ("110001", 28.63, 77.21), ("744101", 11.67, 92.74), ("194101", 34.1, 77.6)],
)
def test_the_point_of_a_pin_code_is_inside_its_own_area(pincode, lat, lon):
    point = places.locate_pincode(pincode)
    assert point is not None
    assert math.dist(point, (lat, lon)) < 0.4
    assert places.locate([point])[0].pincode == pincode


@pytest.mark.parametrize("pincode", ["", "999999", "56003", "5600345", "560 34", "abcdef", "٥٦٠٠٣٤"])
def test_a_text_that_is_no_pin_code_of_india_has_no_point(pincode):
    assert places.locate_pincode(pincode) is None


def test_the_loaded_file_takes_less_than_a_quarter_of_a_gigabyte():
    code = (
        "import json, re, sys; from pathlib import Path;"
        "from workers.places.index import OfflinePlaces;"
        f"place = OfflinePlaces().locate([{BENGALURU}])[0];"
        "kilobytes = re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1];"
        "json.dump([place.town, int(kilobytes) / 1024], sys.stdout)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    town, megabytes = json.loads(done.stdout)
    assert town == "Bengaluru"
    assert megabytes < 250


def test_the_compiled_file_is_small_and_holds_no_pickle():
    assert COMPILED.stat().st_size < 10_000_000
    with np.load(COMPILED, allow_pickle=False) as tables:
        assert all(table.dtype.kind in "Uuib" for table in tables.values())
