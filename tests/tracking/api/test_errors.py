"""Every refusal has one shape, also outside of our views, and a bug gives 500."""

import pytest

from tests.tracking.stories import Api
from tracking.adapters.memory import MemoryShipmentStore
from tracking.api.keys import issue_key
from tracking.ports import TrackingPorts, wire


def test_a_problem_has_code_pointers_and_request_id(api, world):
    response = api.get("/api/v1/shipments/nobody", X_Request_Id="req-1")
    assert response["Content-Type"] == "application/problem+json"
    assert response.json() == {
        "type": "urn:swiftlogix:problem:not_found",
        "title": "Not Found",
        "status": 404,
        "detail": "Not found.",
        "instance": "/api/v1/shipments/nobody",
        "code": "not_found",
        "request_id": "req-1",
        "errors": [],
    }


@pytest.mark.parametrize("path", ["/api/v1/", "/api/v1/parcels", "/api/v1/shipments/1/2", "/api/v1/events/"])
def test_an_unknown_path_is_a_problem_too(client, path):
    response = client.get(path)
    assert (response.status_code, response["Content-Type"]) == (404, "application/problem+json")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("get", "/api/v1/events", "POST, OPTIONS"),
        ("delete", "/api/v1/shipments", "GET, POST, HEAD, OPTIONS"),
        ("options", "/api/v1/shipments/123", "GET, PATCH, DELETE, HEAD, OPTIONS"),
    ],
)
def test_an_unsupported_method_is_refused_with_the_allowed_ones(api, client, world, method, path, allowed):
    response = getattr(client, method)(path, headers={"Authorization": f"Bearer {api.key}"})
    assert (response.status_code, response.json()["code"]) == (405, "method_not_allowed")
    assert response["Allow"] == allowed


def test_a_request_for_another_media_type_than_json_is_refused(api, world):
    response = api.get("/api/v1/shipments/123", Accept="application/xml")
    assert (response.status_code, response.json()["code"]) == (406, "not_acceptable")


def test_a_bug_is_a_problem_without_internal_details(client, world, partner):
    api = Api(client, issue_key(partner))
    wire(TrackingPorts(BrokenStore(), *world[1:]))
    from tracking.models import Shipment

    Shipment.objects.create(shipment_id="123", partner=partner)
    response = api.get("/api/v1/shipments/123")
    assert (response.status_code, response.json()["code"]) == (500, "internal_error")
    assert "gate-4711" not in response.content.decode()


class BrokenStore(MemoryShipmentStore):
    """A store with a bug whose words are nobody's business."""

    def read_states(self, shipment_ids):
        raise ValueError("gate-4711")
