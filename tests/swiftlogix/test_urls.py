"""Every app may have routes under `/api/v1/`; a path that no app knows is still the API's own 404."""

import pytest
from django.urls import reverse

pytestmark = pytest.mark.urls("tests.swiftlogix.urls_with_another_app")


def test_a_v1_route_of_another_app_answers(client):
    assert reverse("carriers:list") == "/api/v1/carriers"
    response = client.get("/api/v1/carriers")
    assert (response.status_code, response.json()) == (200, {"carriers": ["road", "rail"]})


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize(
    "path", ["/api/v1/", "/api/v1/carriers/", "/api/v1/carriers/road", "/api/v1/parcels"]
)
def test_a_v1_path_that_no_app_knows_is_a_problem(client, path, method):
    response = getattr(client, method)(path, headers={"X-Request-Id": "req-1"})
    assert response["Content-Type"] == "application/problem+json"
    assert response.json() == {
        "type": "urn:swiftlogix:problem:not_found",
        "title": "Not Found",
        "status": 404,
        "detail": "Not found.",
        "instance": path,
        "code": "not_found",
        "request_id": "req-1",
        "errors": [],
    }


def test_the_v1_routes_of_tracking_are_still_reached(client):
    assert client.get("/api/v1/shipments").status_code == 401
