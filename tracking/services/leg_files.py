"""Files of recorded legs, as CSV: read whole, or refused with the line and the column that is wrong."""

import csv
import math
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple, TypeVar

from tracking.domain.distance import free_flow_minutes
from tracking.domain.errors import PermanentError
from tracking.domain.lanes import Basis, Run

T = TypeVar("T")
LEG_COLUMNS = ("leg_id", "origin", "destination", "vehicle_class", "departed_at", "arrived_at")
AGGREGATE_COLUMNS = ("origin", "destination", "legs", "median_ratio")
CHECKPOINT_COLUMNS = ("leg_id", "at", "remaining_planned_minutes")
PLAN_COLUMNS = ("origin", "destination", "planned_minutes")


class BadFileError(PermanentError):
    """A file that cannot be read as what it should be; the text names file, line and column."""


class RecordedLeg(NamedTuple):
    """One leg as it was driven: its run, its ends and, if one was given, its promise; times aware UTC."""

    leg_id: str
    run: Run
    departed_at: datetime
    arrived_at: datetime
    promised_at: datetime | None = None


class LaneHistory(NamedTuple):
    """What is known of a lane from elsewhere: how many legs, and their median ratio of actual to planned."""

    origin: str
    destination: str
    legs: float
    median_ratio: float


class LegCheckpoint(NamedTuple):
    """A moment under way: how many planned minutes remained."""

    leg_id: str
    at: datetime
    remaining_min: float


class LanePlan(NamedTuple):
    """The minutes planned for a lane."""

    origin: str
    destination: str
    planned_minutes: float


class _Row:
    """One line of a file, whose cells are read by name and refused by name."""

    def __init__(self, path: Path, line: int, cells: dict[str, str | None]) -> None:
        self._where, self._cells = f"{path.name}, line {line}", cells

    def text(self, column: str) -> str:
        value = (self._cells.get(column) or "").strip()
        if not value:
            raise self.refuse(column, "is empty")
        return value

    def number(self, column: str, *, zero_too: bool = False) -> float:
        text = self.text(column)
        try:
            value = float(text)
        except ValueError as error:
            raise self.refuse(column, f"is no number: {text!r}") from error
        if not math.isfinite(value) or value < 0 or (value == 0 and not zero_too):
            raise self.refuse(column, f"must be {'0 or more' if zero_too else 'above 0'}: {text!r}")
        return value

    def moment(self, column: str) -> datetime:
        text = self.text(column)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError as error:
            raise self.refuse(column, f"is no ISO time: {text!r}") from error
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)

    def has(self, column: str) -> bool:
        return bool((self._cells.get(column) or "").strip())

    def refuse(self, column: str, why: str) -> BadFileError:
        return BadFileError(f"{self._where}, column {column}: {why}")


def read_legs(path: Path) -> list[RecordedLeg]:
    """The legs of a file, in its order; raises `BadFileError`."""
    return _read(path, LEG_COLUMNS, _read_leg)


def read_history(path: Path) -> list[RecordedLeg] | list[LaneHistory]:
    """History to be taught beforehand: legs, or lanes summed up; raises `BadFileError`."""
    if "median_ratio" in _read_header(path):
        return _read(path, AGGREGATE_COLUMNS, _read_lane_history)
    return read_legs(path)


def read_checkpoints(path: Path) -> list[LegCheckpoint]:
    """The moments under way of a file; raises `BadFileError`."""
    return _read(path, CHECKPOINT_COLUMNS, _read_checkpoint)


def read_plans(path: Path) -> list[LanePlan]:
    """The planned minutes of lanes; raises `BadFileError`."""
    return _read(path, PLAN_COLUMNS, _read_plan)


def _read(path: Path, columns: Sequence[str], read_row: Callable[[_Row], T]) -> list[T]:
    header = _read_header(path)
    for column in columns:
        if column not in header:
            raise BadFileError(f"{path.name}, line 1, column {column}: is missing")
    return [read_row(row) for row in _rows(path)]


def _read_header(path: Path) -> Sequence[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return csv.DictReader(file).fieldnames or ()
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadFileError(f"{path.name}, line 1, column 1: cannot be read ({error})") from error


def _rows(path: Path) -> Iterator[_Row]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        try:
            for cells in reader:
                yield _Row(path, reader.line_num, cells)
        except (UnicodeDecodeError, csv.Error) as error:
            raise BadFileError(f"{path.name}, line {reader.line_num + 1}, column 1: {error}") from error


def _read_leg(row: _Row) -> RecordedLeg:
    if row.has("planned_minutes") or not row.has("distance_km"):
        basis: Basis = "p"
        base_min = row.number("planned_minutes")
    else:
        basis = "d"
        base_min = free_flow_minutes(row.number("distance_km"))
    run = Run(row.text("origin"), row.text("destination"), row.text("vehicle_class"), basis, base_min)
    promised_at = row.moment("promised_at") if row.has("promised_at") else None
    return RecordedLeg(
        row.text("leg_id"), run, row.moment("departed_at"), row.moment("arrived_at"), promised_at
    )


def _read_lane_history(row: _Row) -> LaneHistory:
    return LaneHistory(
        row.text("origin"), row.text("destination"), row.number("legs"), row.number("median_ratio")
    )


def _read_checkpoint(row: _Row) -> LegCheckpoint:
    return LegCheckpoint(
        row.text("leg_id"), row.moment("at"), row.number("remaining_planned_minutes", zero_too=True)
    )


def _read_plan(row: _Row) -> LanePlan:
    return LanePlan(row.text("origin"), row.text("destination"), row.number("planned_minutes"))
