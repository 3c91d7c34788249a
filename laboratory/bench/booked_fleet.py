"""Booked shipments of a small fleet for the bench `calls`: bookings, manifests, records of the journey."""

import json
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from laboratory.bench.inputs import RECORD_BYTES
from laboratory.local.errors import LocalError

SHIPMENTS, SHIPMENTS_A_VEHICLE = 100, 10
# Positions of each shipment and of each vehicle, so that there are about as many records of each kind.
POSITIONS_A_SHIPMENT, POSITIONS_A_VEHICLE = 3, 30
BOOKINGS_AT_ONCE, ANSWER_WITHIN_S = 50, 120.0
ORIGIN, DESTINATION = "BLR-PNY", "BLR-KRM"
# Of the two hubs, (lat, lon) in degrees, as laboratory/simulator/pilot.toml has them.
FROM, TO = (13.0285, 77.5197), (12.9352, 77.6245)

Record = tuple[str, bytes]


class PartnerApi(NamedTuple):
    """Partner API of a running product, and a key for it."""

    web: str
    api_key: str

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Return the answer to a request. Raises `OSError` if it is refused."""
        request = urllib.request.Request(  # noqa: S310 - loopback
            f"{self.web.rstrip('/')}/api/v1/{path}",
            json.dumps(body).encode(),
            {"Authorization": f"Bearer {self.api_key}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=ANSWER_WITHIN_S) as answer:  # noqa: S310 - as above
            return dict(json.load(answer))


class BookedFleet:
    """Shipments on their way from hub to hub and then by van to recipients; `run` is part of all names."""

    def __init__(self, api: PartnerApi, run: str) -> None:
        self._api = api
        self._run = run
        # Given by the product at the booking.
        self.shipment_ids: list[str] = []

    def book(self) -> int:
        """Book all shipments, and return their number. Raises `LocalError` if one is refused."""
        for start in range(0, SHIPMENTS, BOOKINGS_AT_ONCE):
            references = [f"{self._run}-{number:05d}" for number in range(start, start + BOOKINGS_AT_ONCE)]
            now = datetime.now(UTC)
            body = {"shipments": [make_booking(reference, now) for reference in references]}
            answer = self._api.post("shipments/batch", body)
            refused = [result for result in answer["results"] if result["outcome"] != "booked"]
            if refused:
                raise LocalError(f"A shipment was not booked: {json.dumps(refused[0])[:300]}")
            self.shipment_ids += [result["shipment_id"] for result in answer["results"]]
        return SHIPMENTS

    def load(self) -> int:
        """Register the vans and their manifests, of ten shipments each; return the number of shipments."""
        for vehicle_id, aboard in self._list_vans():
            self._api.post("vehicles", {"vehicle_id": vehicle_id})
            stops = [{"shipment_id": key, "sequence": number} for number, key in enumerate(aboard, start=1)]
            starts_at = datetime.now(UTC).isoformat()
            body = {"vehicle_id": vehicle_id, "starts_at": starts_at, "driver_first_name": "Asha"}
            self._api.post("manifests", body | {"stops": stops})
        return SHIPMENTS

    def scan(self, status: str) -> Iterator[Record]:
        """Yield a scan of each shipment; `status` is `status.substatus`."""
        place = FROM if status.startswith("picked_up") or status.endswith("departed_origin") else TO
        for number, shipment_id in enumerate(self.shipment_ids):
            code, _, substatus = status.partition(".")
            what = {"shipment_id": shipment_id, "status": code, "substatus": substatus}
            yield _make_record(shipment_id, what, place, number)

    def report_shipments(self) -> Iterator[Record]:
        """Yield positions of all shipments on the road between the hubs, one after the other."""
        for turn in range(POSITIONS_A_SHIPMENT):
            place = _between((turn + 1) / (POSITIONS_A_SHIPMENT + 1))
            for number, shipment_id in enumerate(self.shipment_ids):
                what = {"shipment_id": shipment_id, "vehicle_id": f"{self._run}-TRUCK"}
                yield _make_record(shipment_id, what, place, number)

    def report_vehicles(self) -> Iterator[Record]:
        """Yield positions of the vans near the hub that they have left, one after the other."""
        for turn in range(POSITIONS_A_VEHICLE):
            place = _between(1.0 + (turn + 1) / 100)
            for number, (vehicle_id, _aboard) in enumerate(self._list_vans()):
                yield _make_record(vehicle_id, {"vehicle_id": vehicle_id}, place, number)

    def _list_vans(self) -> Iterator[tuple[str, list[str]]]:
        for start in range(0, SHIPMENTS, SHIPMENTS_A_VEHICLE):
            yield f"{self._run}-V{start:03d}", self.shipment_ids[start : start + SHIPMENTS_A_VEHICLE]


def make_booking(reference: str, now: datetime) -> dict[str, Any]:
    """Return the body of a booking whose recipient wants e-mails, promised in some hours."""
    promised = {
        "from": (now + timedelta(hours=2)).isoformat(),
        "to": (now + timedelta(hours=5)).isoformat(),
    }
    recipient = {
        "name": "Asha Example",
        "email": "asha@example.com",
        "address": "1 Example Road",
        "pin_code": "560034",
        "consent": {"email": True},
    }
    hubs = {"origin_hub": ORIGIN, "destination_hub": DESTINATION}
    return {"reference": reference} | hubs | {"promised": promised, "recipient": recipient}


def _make_record(key: str, what: dict[str, Any], place: tuple[float, float], number: int) -> Record:
    """Return a record as a device sends it, with its partition key; `number` shifts it by some metres."""
    now = datetime.now(UTC)
    fields = what | {
        "device_id": f"dev-{key}",
        "device_seq": int(now.timestamp() * 1000),
        "lat": round(place[0] + number * 1e-5, 6),
        "lon": round(place[1] + number * 1e-5, 6),
        "timestamp": now.isoformat(),
        "speed_kmh": 24.5,
        "heading": 140,
        "accuracy_m": 8.5,
    }
    # Real devices send fields the product does not use.
    padding = max(0, RECORD_BYTES - len(json.dumps(fields)) - len(', "firmware": ""'))
    return key, json.dumps(fields | {"firmware": "x" * padding}).encode()


def _between(part: float) -> tuple[float, float]:
    """Return the place so far on the straight way from one hub to the other; beyond 1 it lies behind it."""
    return FROM[0] + (TO[0] - FROM[0]) * part, FROM[1] + (TO[1] - FROM[1]) * part
