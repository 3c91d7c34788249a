"""Import of what an old system knows: its statuses become events of the partner, each under its own id."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from tracking.csv_files import CsvRow, read_rows
from tracking.input_values import Range
from tracking.ports import EventStream
from tracking.services.recording.event_reports import report_events
from tracking.services.requests.bodies import EventReport
from tracking.services.requests.callers import Caller

COLUMNS = ("shipment_id", "status", "at")
BATCH = 500
LATITUDES, LONGITUDES = Range(-90, 90), Range(-180, 180)
# Beside the file: how far an import has come.
PROGRESS_SUFFIX = ".imported.json"


class Row(NamedTuple):
    """Row of the file: its line, and the report made from it."""

    line: int
    report: EventReport


class Refused(NamedTuple):
    """Row that was not taken: its line, its shipment, the column that is wrong, and why."""

    line: int
    shipment_id: str
    column: str
    why: str


class Imported(NamedTuple):
    """Result of an import: rows of the file, rows taken before and now, and those refused."""

    rows: int
    taken_before: int
    taken: int
    refused: tuple[Refused, ...]

    def count_reasons(self) -> dict[str, int]:
        """Return how many rows were refused for each column and reason."""
        return dict(Counter(f"{one.column}: {one.why}" for one in self.refused))


class DryRun:
    """`EventStream` that takes every record and keeps none."""

    def put(self, records: Sequence[tuple[str, bytes]]) -> list[str | None]:
        """Take the records."""
        return [None] * len(records)


def read_legacy(path: Path) -> list[Row]:
    """Read CSV with `shipment_id`, `status` and `at`, and perhaps `lat`, `lon`, `hub_id` and `note`.

    Raises `BadFileError` for a row whose form is wrong.
    """
    return read_rows(path, COLUMNS, _read_row)


def import_legacy(
    stream: EventStream,
    caller: Caller,
    path: Path,
    now: datetime,
    progress: Callable[[int], None] = lambda _done: None,
) -> Imported:
    """Put the rows of a file on the stream, in batches; `progress` is told how many rows are done.

    An import that was stopped goes on after the last whole batch; a row that is sent again has the same id,
    so that it counts once. With `DryRun` as stream nothing is remembered. Raises `BadFileError` before
    anything is sent, and `TransientError` when the stream cannot be reached.
    """
    rows, is_real = read_legacy(path), not isinstance(stream, DryRun)
    before = _read_progress(path) if is_real else 0
    taken, refused = 0, list[Refused]()
    for start in range(before, len(rows), BATCH):
        batch = rows[start : start + BATCH]
        outcomes = report_events(stream, caller, [row.report for row in batch], now)
        found = [
            Refused(
                row.line, str(row.report.shipment_id), outcome.mistake.pointer[1:], outcome.mistake.detail
            )
            for row, outcome in zip(batch, outcomes, strict=True)
            if outcome.mistake is not None
        ]
        refused += found
        taken += len(batch) - len(found)
        if is_real:
            _keep_progress(path, start + len(batch))
        progress(start + len(batch))
    return Imported(len(rows), before, taken, tuple(refused))


def _read_row(row: CsvRow) -> Row:
    shipment_id, status, at = row.id("shipment_id"), row.text("status"), row.moment("at")
    name = hashlib.sha256(f"{shipment_id}|{status}|{at.isoformat()}".encode()).hexdigest()[:24]
    has_position = row.has("lat") or row.has("lon")
    return Row(
        row.line,
        EventReport(
            shipment_id=shipment_id,
            status=status,
            timestamp=at.isoformat(),
            event_id=f"legacy-{name}",
            lat=row.number("lat", LATITUDES) if has_position else None,
            lon=row.number("lon", LONGITUDES) if has_position else None,
            hub_id=row.id("hub_id") if row.has("hub_id") else None,
            note=row.text("note", max_length=200) if row.has("note") else None,
        ),
    )


def _progress_file(path: Path) -> Path:
    return path.with_name(path.name + PROGRESS_SUFFIX)


def _read_progress(path: Path) -> int:
    """Return how many rows of this very content were imported."""
    file = _progress_file(path)
    kept = json.loads(file.read_text()) if file.exists() else {}
    return int(kept["rows"]) if kept.get("sha256") == _hash(path) else 0


def _keep_progress(path: Path, rows: int) -> None:
    _progress_file(path).write_text(json.dumps({"sha256": _hash(path), "rows": rows}))


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
