"""CSV files of recorded legs; a bad file is rejected whole, with the line and the column that is wrong."""

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from tracking.csv_files import CsvRow, read_header, read_rows
from tracking.domain.distance import free_flow_minutes
from tracking.domain.legs import Basis, LegProfile
from tracking.input_values import Range
from tracking.services.prediction.lane_files import PLANNED_MINUTES

LEG_COLUMNS = ("leg_id", "origin", "destination", "vehicle_class", "departed_at", "arrived_at")
AGGREGATE_COLUMNS = ("origin", "destination", "legs", "median_ratio")
PROGRESS_COLUMNS = ("leg_id", "at", "remaining_planned_minutes")
DISTANCE_KM = Range(0, 10_000, above=True)
LEGS = Range(0, 1_000_000, above=True)
RATIO = Range(0, 100, above=True)
REMAINING_MINUTES = Range(0, PLANNED_MINUTES.high)


class RecordedLeg(NamedTuple):
    """Leg as driven: inputs of its prediction, departure, arrival and optional promise; times aware UTC."""

    leg_id: str
    profile: LegProfile
    departed_at: datetime
    arrived_at: datetime
    promised_at: datetime | None = None


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


def read_legs(path: Path) -> list[RecordedLeg]:
    """Return the legs of a file in its order; raises `BadFileError`."""
    return read_rows(path, LEG_COLUMNS, _read_leg)


def read_history(path: Path) -> list[RecordedLeg] | list[LaneHistory]:
    """Return history to learn before a replay: legs or aggregates of lanes; raises `BadFileError`."""
    if "median_ratio" in read_header(path):
        return read_rows(path, AGGREGATE_COLUMNS, _read_lane_history)
    return read_legs(path)


def read_progress(path: Path) -> list[ProgressSample]:
    """Return the progress samples of a file in its order; raises `BadFileError`."""
    return read_rows(path, PROGRESS_COLUMNS, _read_sample)


def _read_leg(row: CsvRow) -> RecordedLeg:
    if row.has("planned_minutes") or not row.has("distance_km"):
        basis: Basis = "p"
        base_min = row.number("planned_minutes", PLANNED_MINUTES)
    else:
        basis = "d"
        base_min = free_flow_minutes(row.number("distance_km", DISTANCE_KM))
    profile = LegProfile(
        row.text("origin"), row.text("destination"), row.text("vehicle_class"), basis, base_min
    )
    promised_at = row.moment("promised_at") if row.has("promised_at") else None
    return RecordedLeg(
        row.text("leg_id"), profile, row.moment("departed_at"), row.moment("arrived_at"), promised_at
    )


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
