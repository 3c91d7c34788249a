"""Health: alive without any other call; ready while the store answers and the process does not end."""

from tracking.adapters.memory import MemoryShipmentStore
from tracking.domain.errors import TransientError
from tracking.ports import TrackingPorts, wire
from tracking.readiness import DRAINING
from tracking.receipt_ports import MemoryReceipts


def test_the_process_is_alive_without_any_other_call(client):
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert response["Cache-Control"] == "no-store"


def without_times(response):
    """Return status and body of an answer without the milliseconds."""
    body = response.json()
    return response.status_code, body | {
        "checks": {
            name: {key: value for key, value in check.items() if key != "ms"}
            for name, check in body["checks"].items()
        }
    }


STORE, DATABASE, REDIS = (
    {name: {"status": "ok", "needed": name == "store"}} for name in ("store", "database", "redis")
)
AWAY = {"status": "failed", "error": "cannot be reached (TransientError)"}


def test_the_process_is_ready_when_all_it_depends_on_answers(client, world, db):
    response = client.get("/readyz")
    assert without_times(response) == (200, {"status": "ok", "checks": STORE | DATABASE | REDIS})
    assert response["Cache-Control"] == "no-store"


def test_without_the_store_the_process_is_not_ready(client, world, db):
    wire(TrackingPorts(LostStore(), *world[1:]))
    checks = {"store": STORE["store"] | AWAY} | DATABASE | REDIS
    assert without_times(client.get("/readyz")) == (503, {"status": "failed", "checks": checks})


def test_without_redis_the_process_is_ready_and_says_what_is_away(client, world, db):
    wire(TrackingPorts(*world, receipts=LostReceipts()))
    checks = STORE | DATABASE | {"redis": REDIS["redis"] | AWAY}
    assert without_times(client.get("/readyz")) == (200, {"status": "degraded", "checks": checks})


def test_from_sigterm_on_the_process_is_not_ready_and_asks_nothing(client, world):
    DRAINING.set()
    try:
        assert without_times(client.get("/readyz")) == (503, {"status": "draining", "checks": {}})
    finally:
        DRAINING.clear()


class LostStore(MemoryShipmentStore):
    def read_states(self, shipment_ids):
        raise TransientError("no route")


class LostReceipts(MemoryReceipts):
    def read(self, slots):
        raise TransientError("no route")
