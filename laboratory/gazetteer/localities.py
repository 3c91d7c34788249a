"""Builds `localities.npz`: names and points of the post offices that deliver in towns."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from laboratory.gazetteer.sources import NamedOffice

# Kinds of offices, and the words that a name needs no more.
_KIND = re.compile(
    r"\s*\(?\b(?:S\.?\s?O|H\.?\s?O|G\.?\s?P\.?\s?O|P\.?\s?O|N\.?D\.?S\.?O)\b\.?\)?\s*$", re.IGNORECASE
)
_PART = re.compile(r"\s*\(.*?\)")
# A name is one to four words of letters; others name an institution or have a number.
_NAME = re.compile(r"[A-Z][A-Za-z.']+(?: [A-Z][A-Za-z.']*){0,3}")
_INSTITUTION = re.compile(
    r"\b(?:college|institute|university|factory|school|hospital|campus|industries|engineering|bk|court)\b",
    re.IGNORECASE,
)
_ROMAN = re.compile(r"[IVX]+")
# Localities of the first rank lie so far apart; all others so far (degrees, about 2.8 and 0.9 km).
MAIN_APART, APART = 0.025, 0.008
GRID = 1e-5


class Row(NamedTuple):
    """Locality with its rank: 0 for those that are shown first, else 1."""

    name: str
    lat: float
    lon: float
    rank: int


def rank_localities(offices: Iterable[NamedOffice]) -> list[Row]:
    """Return the localities by rank; of offices close together, head offices and short names are kept."""
    named = [office._replace(name=clean_name(office.name)) for office in offices]
    usable = sorted(
        (office for office in named if office.name),
        key=lambda office: (not office.is_head, len(office.name.split()), len(office.name), office),
    )
    kept = _thin(usable, APART)
    main = set(_thin(kept, MAIN_APART))
    rows = [Row(office.name, office.lat, office.lon, int(office not in main)) for office in kept]
    return sorted(rows, key=lambda row: (row.rank, row.name, row.lat))


def clean_name(name: str) -> str:
    """Return the locality in an office's name: `Koramangala` of `Koramangala S.O`; empty if it has none."""
    plain = _KIND.sub("", _PART.sub("", name)).strip()
    titled = " ".join(_write_word(word) for word in plain.split())
    return titled if _NAME.fullmatch(titled) and not _INSTITUTION.search(titled) else ""


def _write_word(word: str) -> str:
    """Write a word in capitals as a name, but Roman numbers and initials as they are."""
    is_shouted = word.isupper() and word.isalpha() and not _ROMAN.fullmatch(word)
    return word[:1] + word[1:].lower() if is_shouted else word


def tabulate(rows: Sequence[Row]) -> dict[str, NDArray[Any]]:
    """Return the arrays of the file by name."""
    return {
        "names": np.array([row.name for row in rows]),
        "lat_e5": np.rint(np.array([row.lat for row in rows]) / GRID).astype(np.int32),
        "lon_e5": np.rint(np.array([row.lon for row in rows]) / GRID).astype(np.int32),
        "rank": np.array([row.rank for row in rows], dtype=np.uint8),
    }


def write_localities(rows: Sequence[Row], path: Path) -> None:
    """Write the file; the same rows give the same bytes."""
    np.savez_compressed(path, allow_pickle=False, **tabulate(rows))


def _thin(offices: Sequence[NamedOffice], apart: float) -> list[NamedOffice]:
    """Return those that are at least `apart` degrees from every one before them."""
    cells: dict[tuple[int, int], list[NamedOffice]] = {}
    kept = []
    for office in offices:
        column, row = int(office.lon // apart), int(office.lat // apart)
        near = (
            other for x in (-1, 0, 1) for y in (-1, 0, 1) for other in cells.get((column + x, row + y), ())
        )
        if all(abs(other.lat - office.lat) > apart or abs(other.lon - office.lon) > apart for other in near):
            cells.setdefault((column, row), []).append(office)
            kept.append(office)
    return kept
