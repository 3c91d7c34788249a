"""What a fleet says: bookings for the partner API, and reports as devices put them on the stream."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from swiftlogix.simulator.parcels import Parcel


@dataclass(frozen=True)
class Booking:
    """A parcel to be booked `at` so many seconds after the start, promised for a span of seconds after it."""

    at: float
    parcel: Parcel
    promised: tuple[float, float]
    planned_minutes: int

    def write(self, started_at: float) -> dict[str, Any]:
        """The body for `POST /api/v1/shipments`; `started_at` is epoch seconds."""
        return {
            "shipment_id": self.parcel.shipment_id,
            "reference": f"ORDER-{self.parcel.shipment_id[-6:]}",
            "recipient": self.parcel.recipient,
            "origin_hub": self.parcel.route[0],
            "destination_hub": self.parcel.route[-1],
            "promised": {
                "from": format_time(started_at + self.promised[0]),
                "to": format_time(started_at + self.promised[1]),
            },
            "planned_minutes": self.planned_minutes,
        }


@dataclass(frozen=True)
class Report:
    """One report of a device, made `at` so many seconds after the start.

    `fields` are the record's without its time. A report that is not `stamped` leaves its time to the
    stream. `in_epoch_ms` is how the device writes times.
    """

    at: float
    fields: dict[str, Any]
    stamped: bool = True
    in_epoch_ms: bool = False

    @property
    def key(self) -> str:
        """The partition key: the shipment, else the vehicle."""
        return str(self.fields.get("shipment_id") or self.fields["vehicle_id"])

    def write(self, started_at: float) -> bytes:
        """The record's bytes; `started_at` is epoch seconds."""
        fields = dict(self.fields)
        if self.stamped:
            moment = started_at + self.at
            fields["timestamp"] = int(moment * 1000) if self.in_epoch_ms else format_time(moment)
        return json.dumps(fields, separators=(",", ":")).encode()


Step = Booking | Report


def format_time(epoch_s: float) -> str:
    """RFC 3339 UTC with milliseconds, cut and not rounded, so that it never lies in the future."""
    moment = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=int(epoch_s * 1000))
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"
