"""`manage.py locate FILE.csv`: name every position of a file, as positions of scans are named."""

import json
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

from django.core.management.base import BaseCommand, CommandError, CommandParser

from swiftlogix.exit_codes import BAD_INPUT
from tracking.csv_files import CsvRow, read_rows
from tracking.domain.events import Place
from tracking.domain.position import is_swapped
from tracking.input_files import BadFileError
from tracking.input_values import Range
from workers.places.index import OfflinePlaces

DEGREES = {"lat": Range(-90, 90), "lon": Range(-180, 180)}
SHOWN = ("lat", "lon", "town", "district", "state", "pincode", "quality", "distance_km")
POINTS_PER_CALL = 500


class Sheet(NamedTuple):
    """Rows of a file, and the (lat, lon) of each in degrees; exchanged axes are put right."""

    rows: list[dict[str, str]]
    points: list[tuple[float, float]]


class Command(BaseCommand):
    """Names positions. An invalid file gives exit code 2 and its line and column."""

    help = "Name every position of FILE.csv (columns lat, lon; others are passed through)."
    requires_system_checks: ClassVar[list[str]] = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Add the arguments: the file, and the output format."""
        parser.add_argument("file", type=Path, metavar="FILE.csv")
        parser.add_argument("--json", action="store_true", help="print one JSON object and nothing else")

    def handle(self, **options: Any) -> None:
        """Read the file, name its positions, and print them."""
        try:
            sheet = read_sheet(options["file"])
        except BadFileError as error:
            raise CommandError(str(error), returncode=BAD_INPUT) from error
        report = locate(sheet)
        self.stdout.write(json.dumps(report) if options["json"] else format_table(report))


def read_sheet(path: Path) -> Sheet:
    """Return the rows and positions of a CSV file. Raises `BadFileError`."""
    rows = read_rows(path, tuple(DEGREES), lambda row: row)
    sheet = Sheet([], [])
    for row in rows:
        point = _read_point(row)
        swapped = is_swapped(*point)
        sheet.points.append(point[::-1] if swapped else point)
        sheet.rows.append(row.cells | {"fix_flags": "swapped"} if swapped else row.cells)
    return sheet


def _read_point(row: CsvRow) -> tuple[float, float]:
    """Return latitude and longitude as the row names them; exchanged ones may leave their ranges."""
    try:
        return row.number("lat", DEGREES["lat"]), row.number("lon", DEGREES["lon"])
    except BadFileError:
        with suppress(BadFileError):
            exchanged = row.number("lat", DEGREES["lon"]), row.number("lon", DEGREES["lat"])
            if is_swapped(*exchanged):
                return exchanged
        raise


def locate(sheet: Sheet) -> dict[str, Any]:
    """Return each row with the columns of its place, and counts and times of the whole."""
    places = OfflinePlaces()
    # Load the places file first, so that the time per point does not include it.
    places.locate([])
    started = time.perf_counter()
    found = [
        place
        for start in range(0, len(sheet.points), POINTS_PER_CALL)
        for place in places.locate(sheet.points[start : start + POINTS_PER_CALL])
    ]
    seconds = time.perf_counter() - started
    return {
        "places": [
            row | {"lat": lat, "lon": lon} | describe(place)
            for row, (lat, lon), place in zip(sheet.rows, sheet.points, found, strict=True)
        ],
        "rows": len(found),
        "by_quality": dict(Counter(place.quality for place in found)),
        "seconds": round(seconds, 6),
        "us_per_point": round(seconds / max(len(found), 1) * 1e6, 2),
        "dataset_version": places.dataset_version,
    }


def describe(place: Place) -> dict[str, Any]:
    """Return all fields of a place; unknown ones are None."""
    return {name: getattr(place, name) for name in place.__struct_fields__}


def format_table(report: dict[str, Any]) -> str:
    """Return the report as a text table."""
    rows = [[_show(row[name]) for name in SHOWN] for row in report["places"]]
    widths = [max(len(cells[column]) for cells in [list(SHOWN), *rows]) for column in range(len(SHOWN))]
    lines = [_join(cells, widths) for cells in [list(SHOWN), *rows]]
    qualities = ", ".join(f"{count} {quality}" for quality, count in report["by_quality"].items())
    speed = f"{report['us_per_point']} us a point, {report['dataset_version']}"
    return "\n".join([*lines, f"{report['rows']} rows ({qualities}), {speed}"])


def _show(value: Any) -> str:
    return "" if value is None else str(value)


def _join(cells: Sequence[str], widths: Sequence[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
