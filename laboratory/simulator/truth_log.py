"""Writes the ground truth into a file: what really happened, and which faults were injected."""

import json
from pathlib import Path
from typing import Any

from laboratory.simulator.faults import Record
from laboratory.simulator.reports import Truth, format_time

# Fields with this suffix are seconds since the start; in the file they become times.
SECONDS = "_s"


class TruthLog:
    """Writes one JSON line per fact: `leg`, `attempt` or `fault`; without a path nothing is written.

    A leg has the times of departure and of entering the hub's geofence; an attempt has the time at the door,
    whether it was late, whether it was `false` (reported from somewhere else), and the device and number of
    its report; a fault has the record it was injected into and the vehicle's real position.
    """

    def __init__(self, path: Path | None, started_at: float) -> None:
        self._file = path.open("w", encoding="utf-8") if path else None
        self._started_at = started_at

    def write(self, truth: Truth) -> None:
        """Write what happened."""
        if self._file:
            fields = {self._rename(name): self._read(name, value) for name, value in truth.fields.items()}
            self._write({"kind": truth.kind, "at": format_time(self._started_at + truth.at)} | fields)

    def write_fault(self, record: Record) -> None:
        """Write the fault of a record, if it has one."""
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
        """Close the file."""
        if self._file:
            self._file.close()

    def _rename(self, name: str) -> str:
        return f"{name.removesuffix(SECONDS)}_at" if name.endswith(SECONDS) else name

    def _read(self, name: str, value: Any) -> Any:
        return format_time(self._started_at + value) if name.endswith(SECONDS) else value

    def _write(self, line: dict[str, Any]) -> None:
        # The run's thread may still be working when the file is closed.
        if self._file and not self._file.closed:
            self._file.write(json.dumps(line, separators=(",", ":")) + "\n")
