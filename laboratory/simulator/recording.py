"""A run written down instead of driven: the same options always give the same bytes."""

import base64
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from laboratory.simulator.departures import Departures
from laboratory.simulator.faults import FaultyWay, Record
from laboratory.simulator.reports import Booking, Manifest, Report, Step, Truth, format_time
from laboratory.simulator.truth import TruthBook

WHOLE = 10**9


class Recording:
    """Writes `bookings.jsonl` and `records.jsonl` into a folder, each line with the moment it was put.

    A booking's line holds the body for the partner API and its `kind`, `shipment` or `manifest`; a record's
    its partition `key` and its bytes, as `raw` or, where they are no text, as `raw_base64`.
    """

    def __init__(self, folder: Path, way: FaultyWay, truth: TruthBook, started_at: float) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._bookings = (folder / "bookings.jsonl").open("w", encoding="utf-8")
        self._records = (folder / "records.jsonl").open("w", encoding="utf-8")
        self._way = way
        self._truth = truth
        self._started_at = started_at
        self._departures = Departures()
        self.put: Counter[str] = Counter()
        self.booked = 0

    def write(self, steps: Iterator[Step], seconds: float) -> None:
        """Write the steps of the first `seconds`, with all records that they become."""
        for step in steps:
            if step.at > seconds:
                break
            self._write_records(self._departures.take(step.at, WHOLE))
            self._take(step)
        self._write_records(self._departures.take(float("inf"), WHOLE))

    def close(self) -> None:
        """Close the files; they are whole."""
        self._bookings.close()
        self._records.close()

    def _take(self, step: Step) -> None:
        if isinstance(step, Report):
            self._departures.add(self._way.send(step))
        elif isinstance(step, Truth):
            self._truth.note(step)
        else:
            self._write_booking(step)

    def _write_booking(self, step: Booking | Manifest) -> None:
        kind = "shipment" if isinstance(step, Booking) else "manifest"
        self.booked += isinstance(step, Booking)
        put_at = format_time(self._started_at + step.at)
        line = {"put_at": put_at, "kind": kind, "body": step.write(self._started_at)}
        self._bookings.write(_encode(line) + "\n")

    def _write_records(self, records: list[Record]) -> None:
        for record in records:
            self.put[record.kind] += 1
            self._truth.note_fault(record)
            line: dict[str, Any] = {"put_at": format_time(self._started_at + record.due), "key": record.key}
            self._records.write(_encode(line | _as_text(record.raw)) + "\n")


_encode = json.JSONEncoder(separators=(",", ":")).encode


def _as_text(raw: bytes) -> dict[str, str]:
    try:
        return {"raw": raw.decode()}
    except UnicodeDecodeError:
        return {"raw_base64": base64.b64encode(raw).decode()}
