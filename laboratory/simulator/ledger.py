"""Ledger of accepted records and bookings, one JSON line each."""

import json
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from laboratory.simulator.faults import Record
from laboratory.simulator.reports import format_time
from laboratory.simulator.stream_sink import Receipt


class Ledger:
    """Appends lines to a file, which may be read while the fleet drives; without a path nothing is written.

    `kind` is `event`, `repeat`, `broken`, `unknown_status` or `booking`. `shard` and `sequence` are the
    record's place in the stream. Times are RFC 3339 UTC.
    """

    def __init__(self, path: Path | None) -> None:
        if path:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", encoding="utf-8") if path else None
        self._lock = threading.Lock()

    def write_records(
        self, accepted: Iterable[tuple[Record, Receipt]], put_at: float, started_at: float
    ) -> None:
        """Write a line for each accepted record; `put_at` and `started_at` are epoch seconds."""
        self._write(
            {
                "kind": record.kind,
                "put_at": format_time(put_at),
                "intended_at": format_time(started_at + record.at),
                "key": record.key,
                "shipment_id": record.identity.get("shipment_id"),
                "vehicle_id": record.identity.get("vehicle_id"),
                "event_id": record.identity.get("event_id"),
                "device_id": record.identity.get("device_id"),
                "device_seq": record.identity.get("device_seq"),
                "status": record.identity.get("status"),
                "fault": record.fault,
                "shard": receipt.shard,
                "sequence": receipt.sequence,
            }
            for record, receipt in accepted
        )

    def write_booking(self, shipment_id: str, answer: dict[str, Any], booked_at: float) -> None:
        """Write a line for a booking that the API has accepted."""
        line = {
            "kind": "booking",
            "put_at": format_time(booked_at),
            "shipment_id": shipment_id,
            "tracking_url": answer.get("tracking_url"),
            "event_id": answer.get("event_id"),
        }
        self._write([line])

    def _write(self, lines: Iterable[dict[str, Any]]) -> None:
        if self._file is None:
            return
        text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
        # Only complete lines, flushed at once: several threads write, and a reader follows the file.
        with self._lock:
            if not self._file.closed:
                self._file.write(text)
                self._file.flush()

    def close(self) -> None:
        """Close the file."""
        if self._file:
            with self._lock:
                self._file.close()
