"""The partner's desk of a rehearsal: bookings and manifests become what our API would put on the stream."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from tracking.domain.events import Booking, HubPoint, Lane, Window
from tracking.domain.identity import short_hash
from tracking.domain.payload import ScanPayload
from tracking.domain.vehicles import VehicleManifest
from tracking.ports import VehicleStore
from tracking.services.partners.manifests import JOINING, LEAVING
from tracking.services.recording.stream_records import make_record

PARTNER = "prt_rehearsal"


class Desk:
    """Books shipments and tells the stops of vehicles, as the partner API does without its database."""

    def __init__(self, hubs: Mapping[str, HubPoint], vehicles: VehicleStore) -> None:
        self._hubs = hubs
        self._vehicles = vehicles
        # What is open, by vehicle.
        self._runs: dict[str, VehicleManifest] = {}
        self._told = 0
        self.booked: dict[str, datetime] = {}

    def take(self, kind: str, body: Mapping[str, Any], put_at: datetime) -> Iterator[bytes]:
        """The records that a booking or a manifest becomes."""
        self._told += 1
        if kind == "manifest":
            yield from self._tell_stops(body, put_at)
        else:
            yield self._book(body, put_at)

    def _book(self, body: Mapping[str, Any], put_at: datetime) -> bytes:
        promised = msgspec.convert(body["promised"], Window)
        self.booked[body["shipment_id"]] = promised.to
        booking = Booking(
            promised=promised,
            lane=Lane(self._hubs[body["origin_hub"]], self._hubs[body["destination_hub"]]),
            destination_pin=body["recipient"]["pin_code"],
            planned_minutes=body.get("planned_minutes"),
        )
        told = ScanPayload(shipment_id=body["shipment_id"], status="created", booking=booking)
        return self._write(told, f"booked-{self._told}", put_at, "api")

    def _tell_stops(self, body: Mapping[str, Any], put_at: datetime) -> Iterator[bytes]:
        """End the vehicle's run, and begin the next one if it has any stop."""
        vehicle_id = body["vehicle_id"]
        self._vehicles.keep_owner(vehicle_id, PARTNER)
        ended = self._runs.pop(vehicle_id, None)
        if ended is not None:
            for name in ended.shipment_ids:
                left = ScanPayload(shipment_id=name, device_seq=LEAVING)
                yield self._write(left, _name(ended, name, LEAVING), put_at, "manifest")
            self._vehicles.drop_manifest(vehicle_id, ended.manifest_id)
        names = tuple(stop["shipment_id"] for stop in body["stops"])
        if not names:
            return
        starts_at = msgspec.convert(body["starts_at"], datetime)
        begun = VehicleManifest(
            vehicle_id=vehicle_id,
            manifest_id=f"mft_{self._told}",
            version=1,
            starts_at=starts_at,
            shipment_ids=names,
        )
        for name in names:
            joined = ScanPayload(shipment_id=name, vehicle_id=vehicle_id, device_seq=JOINING)
            yield self._write(joined, _name(begun, name, JOINING), starts_at, "manifest")
        self._vehicles.keep_manifest(begun)
        self._runs[vehicle_id] = begun

    def _write(self, report: ScanPayload, event_id: str, at: datetime, source: str) -> bytes:
        report = msgspec.structs.replace(
            report, event_id=event_id, timestamp=at.isoformat(), source=source, partner_id=PARTNER
        )
        return make_record(report)[1]


def _name(manifest: VehicleManifest, shipment_id: str, step: int) -> str:
    return "m_" + short_hash(manifest.manifest_id, manifest.version, shipment_id, step)
