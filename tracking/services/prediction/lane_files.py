"""Read CSV files about lanes: the whole file, or an error that names its line and column."""

import csv
import math
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, TypeVar

from tracking.domain.errors import PermanentError

T = TypeVar("T")
PLAN_COLUMNS = ("origin", "destination", "planned_minutes")


class BadFileError(PermanentError):
    """Raised for an invalid file. The text names file, line and column."""


class LanePlan(NamedTuple):
    """Planned minutes of a lane."""

    origin: str
    destination: str
    planned_minutes: float


class CsvRow:
    """Row of a file. Cells are read by column name, and errors name the column."""

    def __init__(self, path: Path, line: int, cells: dict[str, str | None]) -> None:
        self._where, self._cells = f"{path.name}, line {line}", cells

    def text(self, column: str) -> str:
        """Return the cell without surrounding spaces. Raises `BadFileError` for an empty one."""
        value = (self._cells.get(column) or "").strip()
        if not value:
            raise self.refuse(column, "is empty")
        return value

    def number(self, column: str, *, zero_too: bool = False) -> float:
        """Return the cell as a finite number above 0, with `zero_too` from 0 on. Raises `BadFileError`."""
        text = self.text(column)
        try:
            value = float(text)
        except ValueError as error:
            raise self.refuse(column, f"is no number: {text!r}") from error
        if not math.isfinite(value) or value < 0 or (value == 0 and not zero_too):
            raise self.refuse(column, f"must be {'0 or more' if zero_too else 'above 0'}: {text!r}")
        return value

    def moment(self, column: str) -> datetime:
        """Return the cell as an aware UTC time; a time without a zone is UTC. Raises `BadFileError`."""
        text = self.text(column)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            raise self.refuse(column, f"is no ISO time: {text!r}") from error
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)

    def has(self, column: str) -> bool:
        """Return whether the cell holds anything."""
        return bool((self._cells.get(column) or "").strip())

    def refuse(self, column: str, why: str) -> BadFileError:
        """Return the error that names the file, the line and the column."""
        return BadFileError(f"{self._where}, column {column}: {why}")


def read_plans(path: Path) -> list[LanePlan]:
    """Return the planned minutes of lanes. Raises `BadFileError`."""
    return read_rows(path, PLAN_COLUMNS, _read_plan)


def read_rows(path: Path, columns: Sequence[str], read_row: Callable[[CsvRow], T]) -> list[T]:
    """Read every row of a CSV file that must have these columns. Raises `BadFileError`."""
    header = read_header(path)
    for column in columns:
        if column not in header:
            raise BadFileError(f"{path.name}, line 1, column {column}: is missing")
    return [read_row(row) for row in _rows(path)]


def read_header(path: Path) -> Sequence[str]:
    """Return the column names of a CSV file. Raises `BadFileError`."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return csv.DictReader(file).fieldnames or ()
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadFileError(f"{path.name}, line 1, column 1: cannot be read ({error})") from error


def _rows(path: Path) -> Iterator[CsvRow]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        try:
            for cells in reader:
                yield CsvRow(path, reader.line_num, cells)
        except (UnicodeDecodeError, csv.Error) as error:
            raise BadFileError(f"{path.name}, line {reader.line_num + 1}, column 1: {error}") from error


def _read_plan(row: CsvRow) -> LanePlan:
    return LanePlan(row.text("origin"), row.text("destination"), row.number("planned_minutes"))
