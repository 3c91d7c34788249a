"""The towns of India we name places by: `towns.csv`, one line per point, read once."""

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

TABLE = Path(__file__).with_name("towns.csv")


class Town(NamedTuple):
    """A point of a town: its name and state, degrees, and the PIN codes it stands for.

    `pin_codes` are whole codes or their first digits, each in one line only. A city has several points, one per
    `spot` of it. `geonameid` says where the coordinates are from; without one they were put down by hand.
    """

    name: str
    state: str
    lat: float
    lon: float
    pin_codes: tuple[str, ...]
    spot: str
    geonameid: str


@cache
def read_towns() -> tuple[Town, ...]:
    """Every point of the table, in its order."""
    with TABLE.open(encoding="utf-8", newline="") as lines:
        return tuple(
            Town(
                name=row["town"],
                state=row["state"],
                lat=float(row["lat"]),
                lon=float(row["lon"]),
                pin_codes=tuple(row["pin_codes"].split()),
                spot=row["spot"],
                geonameid=row["geonameid"],
            )
            for row in csv.DictReader(lines)
        )
