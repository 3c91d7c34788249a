"""CSV files beside recorded legs: history of lanes, and progress; a bad file is rejected whole."""

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from tracking.csv_files import CsvRow, read_header, read_rows
from tracking.input_values import Range
from tracking.services.prediction.lane_files import PLANNED_MINUTES
from tracking.services.prediction.leg_files import RecordedLeg, read_legs

AGGREGATE_COLUMNS = ("origin", "destination", "legs", "median_ratio")
PROGRESS_COLUMNS = ("leg_id", "at", "remaining_planned_minutes")
LEGS = Range(0, 1_000_000, above=True)
RATIO = Range(0, 100, above=True)
REMAINING_MINUTES = Range(0, PLANNED_MINUTES.high)


class LaneHistory(NamedTuple):
    """Aggregate of a lane from elsewhere: number of legs and their median ratio of actual to planned time."""

    origin: str
    destination: str
    legs: float
    median_ratio: float


class ProgressSample(NamedTuple):
    """Planned minutes that remained at a moment under way."""

    leg_id: str
    at: datetime
    remaining_min: float


def read_history(path: Path) -> list[RecordedLeg] | list[LaneHistory]:
    """Return history to learn before a replay: legs or aggregates of lanes; raises `BadFileError`."""
    if "median_ratio" in read_header(path):
        return read_rows(path, AGGREGATE_COLUMNS, _read_lane_history)
    return read_legs(path)


def read_progress(path: Path) -> list[ProgressSample]:
    """Return the progress samples of a file in its order; raises `BadFileError`."""
    return read_rows(path, PROGRESS_COLUMNS, _read_sample)


def _read_lane_history(row: CsvRow) -> LaneHistory:
    return LaneHistory(
        row.text("origin"),
        row.text("destination"),
        row.number("legs", LEGS),
        row.number("median_ratio", RATIO),
    )


def _read_sample(row: CsvRow) -> ProgressSample:
    return ProgressSample(
        row.text("leg_id"), row.moment("at"), row.number("remaining_planned_minutes", REMAINING_MINUTES)
    )
