"""Participants of the golden scenario: devices that send records, partners that use the API."""

from typing import Any

from tests.golden.frozen import at
from tests.golden.product import BOOKING
from tests.golden.recording import Recorder
from tests.golden.world import Product

PEENYA, KORAMANGALA = (13.0285, 77.5190), (12.9352, 77.6245)
MIDWAY, NEAR_DOOR, FAR_OFF = (12.99, 77.57), (12.9340, 77.6200), (19.0760, 72.8777)


def scan(
    minute: float, shipment_id: str, status: str | None = None, where: Any = None, **more: Any
) -> dict[str, Any]:
    """Build a device's record of a shipment; `minute` is when it happened, after the start."""
    report: dict[str, Any] = {"shipment_id": shipment_id, "timestamp": at(minute).isoformat()}
    if status is not None:
        report["status"] = status
    if where is not None:
        report |= {"lat": where[0], "lon": where[1]}
    return report | more


def fix(minute: float, vehicle_id: str, where: tuple[float, float], **more: Any) -> dict[str, Any]:
    """Build a vehicle's record of its position."""
    moment = at(minute).isoformat()
    return {"vehicle_id": vehicle_id, "timestamp": moment, "lat": where[0], "lon": where[1]} | more


def between(start: tuple[float, float], end: tuple[float, float], share: float) -> tuple[float, float]:
    """Return the point at `share` (0 to 1) of the straight line from start to end."""
    return tuple(round(a + (b - a) * share, 6) for a, b in zip(start, end, strict=True))


class Cast:
    """Two partners with API keys, one of them also with a test-mode key."""

    def __init__(self, product: Product, client: Any) -> None:
        self.product, self.client = product, client
        self.recorder = Recorder()
        self.key = product.make_partner("prt_acme", "Acme", series="SLX-")
        self.test_key = product.make_partner("prt_acme", "Acme", livemode=False, series="TEST-")
        self.rival_key = product.make_partner("prt_rival", "Rival")

    def request(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """Send a partner's request and record the answer; then process what it put on the stream."""
        response = self.recorder.call(self.client, method, path, body=body, **{"key": self.key} | more)
        self.product.run()
        return response

    def book(self, shipment_id: str, **more: Any) -> Any:
        """Book a shipment from Peenya to Koramangala."""
        return self.request("POST", "/api/v1/shipments", BOOKING | {"shipment_id": shipment_id} | more)

    def make_report(self, shipment_id: str, minute: float, status: str) -> dict[str, Any]:
        """Build a partner's report and set the clock to the minute it happened."""
        self.product.move(minute)
        moment = at(minute).isoformat()
        return {"shipment_id": shipment_id, "status": status, "timestamp": moment, "lat": 12.94, "lon": 77.62}
