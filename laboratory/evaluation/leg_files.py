"""Files of recorded legs, as CSV: read whole, or refused with the line and the column that is wrong."""

from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from tracking.domain.distance import free_flow_minutes
from tracking.domain.legs import Basis, LegProfile
from tracking.services.prediction.lane_files import CsvRow, read_header, read_rows

LEG_COLUMNS = ("leg_id", "origin", "destination", "vehicle_class", "departed_at", "arrived_at")
AGGREGATE_COLUMNS = ("origin", "destination", "legs", "median_ratio")
CHECKPOINT_COLUMNS = ("leg_id", "at", "remaining_planned_minutes")


class RecordedLeg(NamedTuple):
    """One leg as it was driven: its run, its ends and, if one was given, its promise; times aware UTC."""

    leg_id: str
    profile: LegProfile
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


def read_legs(path: Path) -> list[RecordedLeg]:
    """The legs of a file, in its order; raises `BadFileError`."""
    return read_rows(path, LEG_COLUMNS, _read_leg)


def read_history(path: Path) -> list[RecordedLeg] | list[LaneHistory]:
    """History to be taught beforehand: legs, or lanes summed up; raises `BadFileError`."""
    if "median_ratio" in read_header(path):
        return read_rows(path, AGGREGATE_COLUMNS, _read_lane_history)
    return read_legs(path)


def read_checkpoints(path: Path) -> list[LegCheckpoint]:
    """The moments under way of a file; raises `BadFileError`."""
    return read_rows(path, CHECKPOINT_COLUMNS, _read_checkpoint)


def _read_leg(row: CsvRow) -> RecordedLeg:
    if row.has("planned_minutes") or not row.has("distance_km"):
        basis: Basis = "p"
        base_min = row.number("planned_minutes")
    else:
        basis = "d"
        base_min = free_flow_minutes(row.number("distance_km"))
    profile = LegProfile(
        row.text("origin"), row.text("destination"), row.text("vehicle_class"), basis, base_min
    )
    promised_at = row.moment("promised_at") if row.has("promised_at") else None
    return RecordedLeg(
        row.text("leg_id"), profile, row.moment("departed_at"), row.moment("arrived_at"), promised_at
    )


def _read_lane_history(row: CsvRow) -> LaneHistory:
    return LaneHistory(
        row.text("origin"), row.text("destination"), row.number("legs"), row.number("median_ratio")
    )


def _read_checkpoint(row: CsvRow) -> LegCheckpoint:
    return LegCheckpoint(
        row.text("leg_id"), row.moment("at"), row.number("remaining_planned_minutes", zero_too=True)
    )
