"""Converts the sources' names (capitals, accents, old spellings) to their usual spelling of today."""

import csv
import unicodedata
from functools import cache
from pathlib import Path
from typing import NamedTuple

CORRECTIONS = Path(__file__).with_name("corrections")
_SMALL_WORDS = {"And": "and", "Of": "of"}
_STATES = {"THE DADRA AND NAGAR HAVELI AND DAMAN AND DIU": "Dadra and Nagar Haveli and Daman and Diu"}
# State names since 2020, by the state codes of GeoNames.
STATE_OF_CODE = {
    "01": "Andaman and Nicobar Islands",
    "02": "Andhra Pradesh",
    "03": "Assam",
    "05": "Chandigarh",
    "07": "Delhi",
    "09": "Gujarat",
    "10": "Haryana",
    "11": "Himachal Pradesh",
    "12": "Jammu and Kashmir",
    "13": "Kerala",
    "14": "Lakshadweep",
    "16": "Maharashtra",
    "17": "Manipur",
    "18": "Meghalaya",
    "19": "Karnataka",
    "20": "Nagaland",
    "21": "Odisha",
    "22": "Puducherry",
    "23": "Punjab",
    "24": "Rajasthan",
    "25": "Tamil Nadu",
    "26": "Tripura",
    "28": "West Bengal",
    "29": "Sikkim",
    "30": "Arunachal Pradesh",
    "31": "Mizoram",
    "33": "Goa",
    "34": "Bihar",
    "35": "Madhya Pradesh",
    "36": "Uttar Pradesh",
    "37": "Chhattisgarh",
    "38": "Jharkhand",
    "39": "Uttarakhand",
    "40": "Telangana",
    "41": "Ladakh",
    "52": "Dadra and Nagar Haveli and Daman and Diu",
}
# Postal regions: the states that a PIN code may lie in, by its first digit.
_FAR_EAST = "Arunachal Pradesh, Assam, Manipur, Meghalaya, Mizoram, Nagaland, Tripura"
REGIONS = {
    digit: frozenset(states.split(", "))
    for digit, states in {
        1: "Chandigarh, Delhi, Haryana, Himachal Pradesh, Jammu and Kashmir, Ladakh, Punjab",
        2: "Uttar Pradesh, Uttarakhand",
        3: "Dadra and Nagar Haveli and Daman and Diu, Gujarat, Rajasthan",
        4: "Chhattisgarh, Goa, Madhya Pradesh, Maharashtra",
        5: "Andhra Pradesh, Karnataka, Puducherry, Telangana",
        6: "Kerala, Lakshadweep, Puducherry, Tamil Nadu",
        7: f"Andaman and Nicobar Islands, Odisha, Sikkim, West Bengal, {_FAR_EAST}",
        8: "Bihar, Jharkhand",
    }.items()
}


class TownCorrection(NamedTuple):
    """Correction of a town in GeoNames: its name and population; 0 leaves the town out."""

    name: str
    people: int


def name_state(source_name: str) -> str:
    """Return the usual spelling of a state: `TAMIL NADU` becomes Tamil Nadu."""
    return _STATES.get(source_name) or _title(source_name)


def name_district(source_name: str) -> str:
    """Return the usual spelling of a district, from the table of corrections or in title case."""
    return _district_names().get(source_name) or _title(source_name)


def name_town(source_name: str) -> str:
    """Return a town's name without the accents of transliteration: `Yavatmāl` becomes Yavatmal."""
    parts = unicodedata.normalize("NFKD", source_name)
    plain = "".join(letter for letter in parts if not unicodedata.combining(letter))
    return plain.replace("\u2019", "'").strip()


@cache
def read_town_corrections() -> dict[int, TownCorrection]:
    """Read the corrections by geonameid; each line of the table gives its reason."""
    with (CORRECTIONS / "towns.csv").open(encoding="utf-8", newline="") as lines:
        return {
            int(row["geonameid"]): TownCorrection(row["name"], int(row["people"]))
            for row in csv.DictReader(lines)
        }


@cache
def _district_names() -> dict[str, str]:
    with (CORRECTIONS / "districts.csv").open(encoding="utf-8", newline="") as lines:
        return {row["source_name"]: row["name"] for row in csv.DictReader(lines)}


def _title(capitals: str) -> str:
    return " ".join(_SMALL_WORDS.get(word, word) for word in capitals.title().split())
