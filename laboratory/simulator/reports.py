"""Output of a fleet: bookings and manifests for the partner API, reports of devices, and ground truth."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from laboratory.simulator.drivers import make_driver
from laboratory.simulator.parcels import Parcel


@dataclass(frozen=True)
class Booking:
    """Booking of a parcel; `at` and the `promised` window are in seconds since the start.

    `planned_minutes` is the free-flow driving time between the hubs; None if there is no drive.
    """

    at: float
    parcel: Parcel
    promised: tuple[float, float]
    planned_minutes: int | None

    @property
    def is_out(self) -> bool:
        """Return whether the parcel is out for delivery now."""
        return self.parcel.status == "out_for_delivery"

    def write(self, started_at: float) -> dict[str, Any]:
        """Return the body for `POST /api/v1/shipments`; `started_at` is epoch seconds."""
        body: dict[str, Any] = {
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
        if self.parcel.due:
            body["cod"] = {"amount": self.parcel.due}
        return body | ({"planned_minutes": self.planned_minutes} if self.planned_minutes else {})


@dataclass(frozen=True)
class Manifest:
    """Stops of a vehicle in order, as a partner sends them at loading; without stops it closes the run."""

    at: float
    vehicle_id: str
    shipment_ids: tuple[str, ...]

    def write(self, started_at: float) -> dict[str, Any]:
        """Return the body for `POST /api/v1/manifests`; `started_at` is epoch seconds."""
        stops = [
            {"shipment_id": shipment_id, "sequence": number}
            for number, shipment_id in enumerate(self.shipment_ids, start=1)
        ]
        return {
            "vehicle_id": self.vehicle_id,
            "starts_at": format_time(started_at + self.at),
            "driver_first_name": make_driver(self.vehicle_id).first_name,
            "stops": stops,
        }


@dataclass(frozen=True, slots=True)
class Report:
    """Report of a device, made at `at` seconds after the start.

    `fields` are those of the record without its time, which is `at + clock_off` by the device's clock. A
    report that is not `stamped` has no time. `held_until` is when a device sends it after an outage. With
    `in_epoch_ms` the device writes times as epoch milliseconds. `flaw` is the device's fault, `truth` the
    real position.
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
        """Return the partition key: the shipment, else the vehicle."""
        return str(self.fields.get("shipment_id") or self.fields["vehicle_id"])

    def write(self, started_at: float) -> bytes:
        """Return the record's bytes; `started_at` is epoch seconds."""
        fields = self.fields
        if self.stamped:
            moment = started_at + self.at + self.clock_off
            stamp = int(moment * 1000) if self.in_epoch_ms else format_time(moment)
            fields = fields | {"timestamp": stamp}
        return _encode(fields).encode()


@dataclass(frozen=True)
class Truth:
    """Ground truth of what happened, a leg or a delivery attempt; never sent to the product."""

    at: float
    kind: str
    fields: dict[str, Any] = field(default_factory=dict)


Step = Booking | Manifest | Report | Truth

_encode = json.JSONEncoder(separators=(",", ":")).encode
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def format_time(epoch_s: float) -> str:
    """Format as RFC 3339 UTC with milliseconds, truncated so that it is never in the future."""
    seconds, milliseconds = divmod(int(epoch_s * 1000), 1000)
    moment = _EPOCH + timedelta(seconds=seconds)
    return f"{moment.isoformat()[:19]}.{milliseconds:03d}Z"
