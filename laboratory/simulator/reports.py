"""What a fleet says: bookings and manifests for the partner API, reports of devices, and the truth beside."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from laboratory.simulator.parcels import Parcel


@dataclass(frozen=True)
class Booking:
    """A parcel to be booked `at` so many seconds after the start, promised for a span of seconds after it.

    `planned_minutes` is the drive from hub to hub on an empty road; None where there is none.
    """

    at: float
    parcel: Parcel
    promised: tuple[float, float]
    planned_minutes: int | None

    @property
    def is_out(self) -> bool:
        """Whether the parcel is on a van by now."""
        return self.parcel.status == "out_for_delivery"

    def write(self, started_at: float) -> dict[str, Any]:
        """The body for `POST /api/v1/shipments`; `started_at` is epoch seconds."""
        body = {
            "shipment_id": self.parcel.shipment_id,
            "reference": f"ORDER-{self.parcel.shipment_id[-6:]}",
            "recipient": self.parcel.recipient,
            "origin_hub": self.parcel.route[0],
            "destination_hub": self.parcel.route[-1],
            "promised": {
                "from": format_time(started_at + self.promised[0]),
                "to": format_time(started_at + self.promised[1]),
            },
        }
        return body | ({"planned_minutes": self.planned_minutes} if self.planned_minutes else {})


@dataclass(frozen=True)
class Manifest:
    """A vehicle's stops in order, as a partner tells them at loading; an empty one closes it."""

    at: float
    vehicle_id: str
    shipment_ids: tuple[str, ...]

    def write(self, started_at: float) -> dict[str, Any]:
        """The body for `POST /api/v1/manifests`; `started_at` is epoch seconds."""
        stops = [
            {"shipment_id": shipment_id, "sequence": number}
            for number, shipment_id in enumerate(self.shipment_ids, start=1)
        ]
        return {"vehicle_id": self.vehicle_id, "starts_at": format_time(started_at + self.at), "stops": stops}


@dataclass(frozen=True, slots=True)
class Report:
    """One report of a device, made `at` so many seconds after the start.

    `fields` are the record's without its time, which the device takes to be `at + clock_off`. A report that
    is not `stamped` leaves its time to the stream. `held_until` is when a device out of reach sends it.
    `in_epoch_ms` is how the device writes times. `flaw` is what went wrong in the device, `truth` what it
    should have said of its position.
    """

    at: float
    fields: dict[str, Any]
    stamped: bool = True
    in_epoch_ms: bool = False
    clock_off: float = 0.0
    held_until: float | None = None
    flaw: str | None = None
    truth: tuple[float, float] | None = None

    @property
    def key(self) -> str:
        """The partition key: the shipment, else the vehicle."""
        return str(self.fields.get("shipment_id") or self.fields["vehicle_id"])

    def write(self, started_at: float) -> bytes:
        """The record's bytes; `started_at` is epoch seconds."""
        fields = self.fields
        if self.stamped:
            moment = started_at + self.at + self.clock_off
            stamp = int(moment * 1000) if self.in_epoch_ms else format_time(moment)
            fields = fields | {"timestamp": stamp}
        return _encode(fields).encode()


@dataclass(frozen=True)
class Truth:
    """What really happened `at` a moment: a leg, an attempt at a door. The product never sees it."""

    at: float
    kind: str
    fields: dict[str, Any] = field(default_factory=dict)


Step = Booking | Manifest | Report | Truth

_encode = json.JSONEncoder(separators=(",", ":")).encode
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def format_time(epoch_s: float) -> str:
    """RFC 3339 UTC with milliseconds, cut and not rounded, so that it never lies in the future."""
    seconds, milliseconds = divmod(int(epoch_s * 1000), 1000)
    moment = _EPOCH + timedelta(seconds=seconds)
    return f"{moment.isoformat()[:19]}.{milliseconds:03d}Z"
