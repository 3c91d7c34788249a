"""CSV files of lane plans: planned minutes by origin and destination."""

from pathlib import Path
from typing import NamedTuple

from tracking.csv_files import CsvRow, read_rows
from tracking.input_values import Range

COLUMNS = ("origin", "destination", "planned_minutes")
# Two weeks, as in the partner API.
PLANNED_MINUTES = Range(0, 20_160, above=True)


class LanePlan(NamedTuple):
    """Planned minutes of a lane."""

    origin: str
    destination: str
    planned_minutes: float


def read_plans(path: Path) -> list[LanePlan]:
    """Return the planned minutes of lanes. Raises `BadFileError`."""
    return read_rows(path, COLUMNS, _read_plan)


def _read_plan(row: CsvRow) -> LanePlan:
    return LanePlan(row.id("origin"), row.id("destination"), row.number("planned_minutes", PLANNED_MINUTES))
