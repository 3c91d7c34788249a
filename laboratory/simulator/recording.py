"""Writes a run into files instead of driving the product; the same options always give the same bytes."""

import base64
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from laboratory.simulator.faults import FaultyUplink, Record
from laboratory.simulator.reports import Booking, Manifest, Report, Step, Truth, format_time
from laboratory.simulator.send_queue import SendQueue
from laboratory.simulator.truth_log import TruthLog

NO_LIMIT = 10**9


class Recording:
    """Writes `bookings.jsonl` and `records.jsonl` into a folder, each line with its time `put_at`.

    A line of a booking has the body for the partner API and its `kind`, `shipment` or `manifest`. A line of a
    record has its partition `key` and its bytes, as `raw`, or as `raw_base64` if they are not UTF-8.
    """

    def __init__(self, folder: Path, uplink: FaultyUplink, truth: TruthLog, started_at: float) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._bookings = (folder / "bookings.jsonl").open("w", encoding="utf-8")
        self._records = (folder / "records.jsonl").open("w", encoding="utf-8")
        self._uplink = uplink
        self._truth = truth
        self._started_at = started_at
        self._queue = SendQueue()
        self.put: Counter[str] = Counter()
        self.booked = 0

    def write(self, steps: Iterator[Step], seconds: float) -> None:
        """Write the steps of the first `seconds`, with all records that result from them."""
        for step in steps:
            if step.at > seconds:
                break
            self._write_records(self._queue.take(step.at, NO_LIMIT))
            self._take(step)
        self._write_records(self._queue.take(float("inf"), NO_LIMIT))

    def close(self) -> None:
        """Close the files."""
        self._bookings.close()
        self._records.close()

    def _take(self, step: Step) -> None:
        if isinstance(step, Report):
            self._queue.add(self._uplink.send(step))
        elif isinstance(step, Truth):
            self._truth.write(step)
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
            self._truth.write_fault(record)
            line: dict[str, Any] = {"put_at": format_time(self._started_at + record.due), "key": record.key}
            self._records.write(_encode(line | _as_text(record.raw)) + "\n")


_encode = json.JSONEncoder(separators=(",", ":")).encode


def _as_text(raw: bytes) -> dict[str, str]:
    try:
        return {"raw": raw.decode()}
    except UnicodeDecodeError:
        return {"raw_base64": base64.b64encode(raw).decode()}
