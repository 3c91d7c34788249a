"""CSV files that people give to commands: each row is read whole, or an error names line and column.

Also tables that people download, as CSV.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, TypeVar

from tracking.domain.payload import is_id
from tracking.domain.typed_text import strip_invisible
from tracking.input_files import BadFileError, locate_error, read_lines
from tracking.input_values import Range, parse_moment, parse_number, shorten

T = TypeVar("T")
MAX_TEXT = 64
OPEN_QUOTE = "a quote is opened here and not closed"
# Spreadsheets run a cell that begins with one of these as a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


class CsvRow(NamedTuple):
    """Row of a file with the number of its first line. Cells are read by column name, which errors name."""

    path: Path
    line: int
    cells: dict[str, str]

    def text(self, column: str, max_length: int = MAX_TEXT) -> str:
        """Return the cell without spaces around it. Raises `BadFileError` for an empty or long one."""
        value = self.cells.get(column, "")
        if not value:
            raise self.refuse(column, "is empty")
        if len(value) > max_length:
            raise self.refuse(column, f"has more than {max_length} characters: {shorten(value)}")
        return value

    def id(self, column: str) -> str:
        """Return the cell as an id. Raises `BadFileError`."""
        value = self.text(column)
        if not is_id(value):
            raise self.refuse(column, f"is no id: {shorten(value)}")
        return value

    def number(self, column: str, allowed: Range) -> float:
        """Return the cell as a number in this range. Raises `BadFileError`."""
        try:
            return parse_number(self.text(column, max_length=400), allowed)
        except ValueError as error:
            raise self.refuse(column, str(error)) from error

    def moment(self, column: str) -> datetime:
        """Return the cell as an aware UTC time; a time without a zone is UTC. Raises `BadFileError`."""
        try:
            return parse_moment(self.text(column))
        except ValueError as error:
            raise self.refuse(column, str(error)) from error

    def has(self, column: str) -> bool:
        """Return whether the cell holds anything."""
        return bool(self.cells.get(column))

    def refuse(self, column: str, why: str) -> BadFileError:
        """Return the error that names the file, the line and the column."""
        return locate_error(self.path, self.line, column, why)


def read_rows(path: Path, columns: Sequence[str], read_row: Callable[[CsvRow], T]) -> list[T]:
    """Read every row of a CSV file that must have these columns. Raises `BadFileError`.

    Spaces around names and cells, and rows without any text, are left out.
    """
    records = _read_records(path)
    header = _read_header(path, records)
    for column in columns:
        if column not in header:
            raise locate_error(path, 1, column, "is missing")
    return [read_row(_make_row(path, line, header, cells)) for line, cells in records]


def format_table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as CSV; None becomes an empty cell, and no text is a formula to a spreadsheet."""
    text = io.StringIO()
    csv.writer(text).writerows([header, *([_format_cell(cell) for cell in row] for row in rows)])
    return text.getvalue()


def _format_cell(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) else cell


def read_header(path: Path) -> list[str]:
    """Return the column names of a CSV file. Raises `BadFileError`."""
    return _read_header(path, _read_records(path))


def _read_header(path: Path, records: Iterator[tuple[int, list[str]]]) -> list[str]:
    line, header = next(records, (1, []))
    for column in header:
        if column and header.count(column) > 1:
            raise locate_error(path, line, column, "is there twice")
    return header


def _make_row(path: Path, line: int, header: list[str], cells: list[str]) -> CsvRow:
    for number, cell in enumerate(cells[len(header) :], start=len(header) + 1):
        if cell:
            raise locate_error(path, line, number, f"has no name in the header: {shorten(cell)}")
    full = [*cells, *[""] * (len(header) - len(cells))]
    return CsvRow(path, line, {name: cell for name, cell in zip(header, full, strict=False) if name})


class _Record:
    """Lines of the record that is being read, for the place of an error, which `csv` does not give."""

    def __init__(self, path: Path) -> None:
        self._path, self._number = path, 0
        self.first_line, self._lines = 1, list[str]()

    def feed(self) -> Iterator[str]:
        """Yield the lines of the file."""
        for line in read_lines(self._path):
            self._number += 1
            self._lines.append(line)
            yield line

    def begin(self) -> None:
        """Begin the next record."""
        self.first_line, self._lines = self._number + 1, []

    def locate(self, error: csv.Error) -> BadFileError:
        """Return the error with the place of the quote that caused it."""
        text = "".join(self._lines)
        offset, why = find_quote_fault(text) or (0, str(error))
        line = self.first_line + text.count("\n", 0, offset)
        return locate_error(self._path, line, offset - text.rfind("\n", 0, offset), why)


def _read_records(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield the first line and the cells of each record that has any text."""
    record = _Record(path)
    reader = csv.reader(record.feed(), strict=True)
    while True:
        record.begin()
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise record.locate(error) from error
        if cells is None:
            return
        cells = [strip_invisible(cell) for cell in cells]
        if any(cells):
            yield record.first_line, cells


def find_quote_fault(text: str) -> tuple[int, str] | None:
    """Return where in a CSV record a quote is wrong, and why; None if all are closed at the end of a cell."""
    opened, is_start, place = None, True, 0
    while place < len(text):
        char, after = text[place], text[place + 1 : place + 2]
        if opened is None:
            opened = place if char == '"' and is_start else None
            is_start = char in ",\r\n"
        elif char == '"' and after == '"':
            place += 1
        elif char == '"':
            if after not in ("", ",", "\r", "\n"):
                return place + 1, "text follows a closed quote"
            opened = None
        place += 1
    return None if opened is None else (opened, OPEN_QUOTE)
