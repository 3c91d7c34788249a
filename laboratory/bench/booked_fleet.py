"""Booked shipments of a small fleet, by the product's own code: bookings, manifests, records of devices."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from laboratory.bench.inputs import RECORD_BYTES
from laboratory.local.errors import LocalError
from tracking.models import Hub, Partner
from tracking.ports import TrackingPorts
from tracking.services.partners.booking import book_shipments
from tracking.services.partners.manifests import open_manifest
from tracking.services.partners.vehicles import register_vehicle
from tracking.services.requests.bodies import NewBooking, NewManifest, NewVehicle
from tracking.services.requests.callers import Caller

SHIPMENTS_A_VEHICLE = 10
# Between two positions of a van.
PING = timedelta(seconds=30)
# Time between two steps, and that of the whole journey, which ends now.
BETWEEN, TOOK = timedelta(minutes=6), timedelta(minutes=90)
# Where both hubs are, (lat, lon) in degrees.
HUBS = {"BLR-PNY": (13.0285, 77.5197), "BLR-KRM": (12.9352, 77.6245)}
ORIGIN, DESTINATION = HUBS
NAMES = {"BLR-PNY": "Bengaluru Peenya Sort Centre", "BLR-KRM": "Bengaluru Koramangala Delivery Hub"}

Record = tuple[str, bytes]


class BookedFleet:
    """Shipments on their way from hub to hub and then by van to recipients, six minutes a step."""

    def __init__(self, ports: TrackingPorts, shipments: int) -> None:
        """Add hubs and a partner, unless an earlier fleet has done so."""
        self._ports = ports
        self._shipments = shipments
        for hub_id, (lat, lon) in HUBS.items():
            Hub.objects.get_or_create(hub_id=hub_id, defaults={"name": NAMES[hub_id], "lat": lat, "lon": lon})
        partner, _ = Partner.objects.get_or_create(partner_id="prt_bench", defaults={"name": "Bench"})
        self._caller = Caller(partner, livemode=True, actor="bench")
        self._now = datetime.now(UTC) - TOOK
        self._sequence = 0
        # Given by the product at the booking.
        self.shipment_ids: list[str] = []

    def book(self) -> int:
        """Book all shipments, and return their number. Raises `LocalError` if one is refused."""
        wanted = [make_booking(f"ORDER-{number:05d}", self._now) for number in range(self._shipments)]
        booked = book_shipments(self._ports, self._caller, wanted, self._now)
        refused = [one for one in booked if isinstance(one, Exception)]
        if refused:
            raise LocalError(f"A shipment was not booked: {refused[0]}")
        self.shipment_ids = [one.shipment_id for one in booked if not isinstance(one, Exception)]
        return len(booked)

    def load(self) -> int:
        """Register the vans and their manifests; return the number of stops."""
        for vehicle_id, aboard in self._list_vans():
            vehicle = msgspec.convert({"vehicle_id": vehicle_id}, NewVehicle)
            register_vehicle(self._ports.vehicles, self._caller, vehicle)
            stops = [{"shipment_id": key, "sequence": number} for number, key in enumerate(aboard, start=1)]
            body = {"vehicle_id": vehicle_id, "starts_at": self._now.isoformat(), "stops": stops}
            manifest = msgspec.convert(body | {"driver_first_name": "Asha"}, NewManifest)
            open_manifest(self._ports, self._caller, manifest, self._now)
        return self._shipments

    def scan(self, status: str, hub_id: str) -> int:
        """Put a scan of each shipment at a hub; `status` is `status.substatus`. Return their number."""
        code, _, substatus = status.partition(".")
        return self._put(
            (key, {"shipment_id": key, "status": code, "substatus": substatus}, HUBS[hub_id])
            for key in self.shipment_ids
        )

    def report_shipments(self, part: float) -> int:
        """Put a position of each shipment, so far on the road between the hubs; return their number."""
        truck, place = "KA-01-TRUCK", _between(part)
        return self._put((key, {"shipment_id": key, "vehicle_id": truck}, place) for key in self.shipment_ids)

    def report_vehicles(self, part: float) -> int:
        """Put a position of each van, as far beyond the second hub; return their number."""
        vans = (vehicle_id for vehicle_id, _ in self._list_vans())
        return self._put(((key, {"vehicle_id": key}, _between(1.0 + part)) for key in vans), PING)

    def _list_vans(self) -> Iterator[tuple[str, list[str]]]:
        for start in range(0, self._shipments, SHIPMENTS_A_VEHICLE):
            aboard = self.shipment_ids[start : start + SHIPMENTS_A_VEHICLE]
            yield f"VAN-{aboard[0][-6:]}", aboard

    def _put(
        self, reports: Iterator[tuple[str, dict[str, Any], tuple[float, float]]], after: timedelta = BETWEEN
    ) -> int:
        """Put reports as devices send them, by partition key, so long after the last; return their number."""
        self._now += after
        records = [self._make_record(*report) for report in reports]
        self._ports.stream.put(records)
        return len(records)

    def _make_record(self, key: str, what: dict[str, Any], place: tuple[float, float]) -> Record:
        self._sequence += 1
        fields = what | {
            "device_id": f"{key}-GPS",
            "device_seq": self._sequence,
            "lat": round(place[0], 6),
            "lon": round(place[1], 6),
            "timestamp": self._now.isoformat(),
            "speed_kmh": 24.5,
            "heading": 140,
            "accuracy_m": 8.5,
        }
        # Real devices send fields the product does not use.
        padding = max(0, RECORD_BYTES - len(json.dumps(fields)) - len(', "firmware": ""'))
        return key, json.dumps(fields | {"firmware": "x" * padding}).encode()


def make_booking(reference: str, now: datetime) -> NewBooking:
    """Return a booking whose recipient wants e-mails, promised in some hours."""
    recipient = {
        "name": "Asha Example",
        "email": "asha@example.com",
        "address": "1 Example Road",
        "pin_code": "560034",
        "consent": {"email": True},
    }
    promised = {
        "from": (now + timedelta(hours=2)).isoformat(),
        "to": (now + timedelta(hours=5)).isoformat(),
    }
    hubs = {"origin_hub": ORIGIN, "destination_hub": DESTINATION}
    return msgspec.convert(
        {"reference": reference, "recipient": recipient, "promised": promised} | hubs, NewBooking
    )


def _between(part: float) -> tuple[float, float]:
    """Return the place so far on the straight way from one hub to the other; beyond 1 it lies behind it."""
    start, end = HUBS[ORIGIN], HUBS[DESTINATION]
    return start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part
