"""Stand-in for the partner API in a replay: turns bookings and manifests into stream records."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import msgspec

from tracking.domain.attempts import Door
from tracking.domain.events import Booking, HubPoint, Lane, Window
from tracking.domain.identity import short_hash
from tracking.domain.payload import ScanPayload
from tracking.domain.vehicles import Owner, Registration, VehicleManifest
from tracking.lookup_ports import PinCodeLocator
from tracking.ports import VehicleStore
from tracking.services.partners.manifests import JOINING, LEAVING
from tracking.services.recording.stream_records import make_record

PARTNER = "prt_rehearsal"


class PartnerApi:
    """Makes the records that the partner API would put on the stream, without its database."""

    def __init__(
        self, hubs: Mapping[str, HubPoint], vehicles: VehicleStore, pin_codes: PinCodeLocator
    ) -> None:
        self._hubs = hubs
        self._pin_codes = pin_codes
        self._vehicles = vehicles
        # Open manifests by vehicle.
        self._open_manifests: dict[str, VehicleManifest] = {}
        self._count = 0
        # End of the promise and door of each booking.
        self.booked: dict[str, datetime] = {}
        self.doors: dict[str, Door | None] = {}

    def make_records(self, kind: str, body: Mapping[str, Any], put_at: datetime) -> Iterator[bytes]:
        """Yield the records of a booking or a manifest."""
        self._count += 1
        if kind == "manifest":
            yield from self._replace_manifest(body, put_at)
        else:
            yield self._book(body, put_at)

    def _book(self, body: Mapping[str, Any], put_at: datetime) -> bytes:
        promised = msgspec.convert(body["promised"], Window)
        self.booked[body["shipment_id"]] = promised.to
        self.doors[body["shipment_id"]] = self._find_door(body["recipient"])
        booking = Booking(
            promised=promised,
            lane=Lane(self._hubs[body["origin_hub"]], self._hubs[body["destination_hub"]]),
            destination_pin=body["recipient"]["pin_code"],
            planned_minutes=body.get("planned_minutes"),
        )
        payload = ScanPayload(shipment_id=body["shipment_id"], status="created", booking=booking)
        return self._encode(payload, f"booked-{self._count}", put_at, "api")

    def _find_door(self, recipient: Mapping[str, Any]) -> Door | None:
        """Return the point of the door, else the area of the PIN code."""
        point = recipient.get("point")
        if point is not None:
            return Door(point["lat"], point["lon"])
        area = self._pin_codes.locate_area(recipient["pin_code"])
        return None if area is None else Door(*area)

    def _replace_manifest(self, body: Mapping[str, Any], put_at: datetime) -> Iterator[bytes]:
        """Close the vehicle's open manifest, and open the new one if it has stops."""
        vehicle_id = body["vehicle_id"]
        self._vehicles.keep_registration(vehicle_id, Registration(Owner(PARTNER)))
        closed = self._open_manifests.pop(vehicle_id, None)
        if closed is not None:
            for name in closed.shipment_ids:
                left = ScanPayload(shipment_id=name, device_seq=LEAVING)
                yield self._encode(left, _make_event_id(closed, name, LEAVING), put_at, "manifest")
            self._vehicles.drop_manifest(vehicle_id, closed.manifest_id)
        names = tuple(stop["shipment_id"] for stop in body["stops"])
        if not names:
            return
        starts_at = msgspec.convert(body["starts_at"], datetime)
        opened = VehicleManifest(
            vehicle_id=vehicle_id,
            manifest_id=f"mft_{self._count}",
            version=1,
            starts_at=starts_at,
            shipment_ids=names,
        )
        for name in names:
            joined = ScanPayload(shipment_id=name, vehicle_id=vehicle_id, device_seq=JOINING)
            yield self._encode(joined, _make_event_id(opened, name, JOINING), starts_at, "manifest")
        self._vehicles.keep_manifest(opened)
        self._open_manifests[vehicle_id] = opened

    def _encode(self, report: ScanPayload, event_id: str, at: datetime, source: str) -> bytes:
        report = msgspec.structs.replace(
            report, event_id=event_id, timestamp=at.isoformat(), source=source, partner_id=PARTNER
        )
        return make_record(report)[1]


def _make_event_id(manifest: VehicleManifest, shipment_id: str, step: int) -> str:
    return "m_" + short_hash(manifest.manifest_id, manifest.version, shipment_id, step)
