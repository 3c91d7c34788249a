"""Who takes part in the golden scenario: devices that send records, partners that ask by HTTP."""

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
    """A device's record of a shipment, by the minute it happened in."""
    report: dict[str, Any] = {"shipment_id": shipment_id, "timestamp": at(minute).isoformat()}
    if status is not None:
        report["status"] = status
    if where is not None:
        report |= {"lat": where[0], "lon": where[1]}
    return report | more


def fix(minute: float, vehicle_id: str, where: tuple[float, float], **more: Any) -> dict[str, Any]:
    """A vehicle's record of where it is."""
    moment = at(minute).isoformat()
    return {"vehicle_id": vehicle_id, "timestamp": moment, "lat": where[0], "lon": where[1]} | more


def between(start: tuple[float, float], end: tuple[float, float], share: float) -> tuple[float, float]:
    """A point on the straight way."""
    return tuple(round(a + (b - a) * share, 6) for a, b in zip(start, end, strict=True))


class Cast:
    """Two partners with keys, one of them with a key of test mode too."""

    def __init__(self, product: Product, client: Any) -> None:
        self.product, self.client = product, client
        self.recorder = Recorder()
        self.key = product.make_partner("prt_acme", "Acme")
        self.test_key = product.make_partner("prt_acme", "Acme", livemode=False)
        self.rival_key = product.make_partner("prt_rival", "Rival")

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Any:
        """A request of the partner's, recorded; what it puts on the stream is taken at once."""
        response = self.recorder.call(self.client, method, path, body=body, **{"key": self.key} | more)
        self.product.run()
        return response

    def book(self, shipment_id: str, **more: Any) -> Any:
        """Book a shipment from Peenya to Koramangala."""
        return self.ask("POST", "/api/v1/shipments", BOOKING | {"shipment_id": shipment_id} | more)

    def make_report(self, shipment_id: str, minute: float, status: str) -> dict[str, Any]:
        """A partner's report, made at the minute it happened in."""
        self.product.move(minute)
        moment = at(minute).isoformat()
        return {"shipment_id": shipment_id, "status": status, "timestamp": moment, "lat": 12.94, "lon": 77.62}
