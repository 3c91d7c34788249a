"""The truth, kept aside from the product: what really happened, and what was injected into which record."""

import json
from pathlib import Path
from typing import Any

from laboratory.simulator.faults import Record
from laboratory.simulator.reports import Truth, format_time

# Names that end so hold seconds since the start; in the file they are times.
SECONDS = "_s"


class TruthBook:
    """One JSON line per fact: `leg`, `attempt` or `fault`; without a path nothing is kept.

    A leg says when its vehicle left and when it truly came within the fence; an attempt when the van stood at
    the door and whether that was late; a fault which record it struck and where the vehicle really was.
    """

    def __init__(self, path: Path | None, started_at: float) -> None:
        self._file = path.open("w", encoding="utf-8") if path else None
        self._started_at = started_at

    def note(self, truth: Truth) -> None:
        """Keep what happened."""
        if self._file:
            fields = {self._rename(name): self._read(name, value) for name, value in truth.fields.items()}
            self._write({"kind": truth.kind, "at": format_time(self._started_at + truth.at)} | fields)

    def note_fault(self, record: Record) -> None:
        """Keep what went wrong with a record, if anything did."""
        if self._file is None or record.fault is None:
            return
        names = ("shipment_id", "vehicle_id", "event_id", "device_id", "device_seq")
        lat, lon = record.report.truth or (None, None)
        line = {
            "kind": "fault",
            "at": format_time(self._started_at + record.at),
            "fault": record.fault,
            "put_at": format_time(self._started_at + record.due),
        }
        self._write(
            line | {name: record.report.fields.get(name) for name in names} | {"lat": lat, "lon": lon}
        )

    def close(self) -> None:
        """Write nothing more."""
        if self._file:
            self._file.close()

    def _rename(self, name: str) -> str:
        return f"{name.removesuffix(SECONDS)}_at" if name.endswith(SECONDS) else name

    def _read(self, name: str, value: Any) -> Any:
        return format_time(self._started_at + value) if name.endswith(SECONDS) else value

    def _write(self, line: dict[str, Any]) -> None:
        # A run that is ended may still be at work when the book is closed.
        if self._file and not self._file.closed:
            self._file.write(json.dumps(line, separators=(",", ":")) + "\n")
