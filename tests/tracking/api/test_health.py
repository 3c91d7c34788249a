"""Health: alive without any other call, ready only when database and store answer."""

from tracking.adapters.memory import MemoryShipmentStore
from tracking.domain.errors import TransientError
from tracking.ports import TrackingPorts, wire


def test_the_process_is_alive_without_any_other_call(client):
    response = client.get("/healthz")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})
    assert response["Cache-Control"] == "no-store"


def test_the_process_is_ready_when_database_and_store_answer(client, world, db):
    response = client.get("/readyz")
    checks = {"database": "ok", "store": "ok"}
    assert (response.status_code, response.json()) == (200, {"status": "ok", "checks": checks})


def test_a_store_that_cannot_be_reached_is_named(client, world, db):
    wire(TrackingPorts(LostStore(), *world[1:]))
    response = client.get("/readyz")
    checks = {"database": "ok", "store": "failed"}
    assert (response.status_code, response.json()) == (503, {"status": "failed", "checks": checks})


class LostStore(MemoryShipmentStore):
    def read_states(self, shipment_ids):
        raise TransientError("no route")
