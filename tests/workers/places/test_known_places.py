"""Accuracy of places, at well-known points all over India that were entered by hand.

`known_places.csv` was written from general knowledge: cities, airports, ports, hill stations, islands and
borders. Where several names or codes are right (a point at an edge, an old and a new name) they stand side by
side; a column is empty where the writer was not sure. No line was taken out or changed for being answered
wrongly; some spellings and sizes of towns in `laboratory/gazetteer/corrections/` were corrected after that.
"""

import csv
from pathlib import Path

import pytest

from workers.places.index import OfflinePlaces

TABLE = Path(__file__).with_name("known_places.csv")


@pytest.fixture(scope="module")
def answered() -> list[tuple[dict[str, str], dict[str, str]]]:
    with TABLE.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    places = OfflinePlaces().locate([(float(row["lat"]), float(row["lon"])) for row in rows])
    fields = ("state", "district", "town", "pincode")
    return [
        (row, {name: getattr(place, name) or "" for name in fields})
        for row, place in zip(rows, places, strict=True)
    ]


def measure(answered, field: str, digits: int | None = None) -> float:
    """Return the share (per cent) of points whose answer is one of the correct ones."""
    sure = [(row[field].split("|"), place[field]) for row, place in answered if row[field]]
    right = [given[:digits] in {name[:digits] for name in names} for names, given in sure]
    return 100 * sum(right) / len(right)


def test_there_are_enough_points_and_every_state_has_one(answered):
    assert len(answered) >= 150
    assert len({row["state"] for row, _ in answered}) == 36


@pytest.mark.parametrize(
    ("field", "digits", "at_least"),
    [
        ("state", None, 97),
        ("district", None, 90),
        ("town", None, 85),
        ("pincode", None, 70),
        ("pincode", 3, 94),
    ],
)
def test_places_are_correct_as_often_as_documented(
    answered, field, digits, at_least, record_testsuite_property
):
    share = measure(answered, field, digits)
    record_testsuite_property(f"{field} right, per cent (digits: {digits})", round(share, 1))
    assert share >= at_least
