"""HEAD works wherever GET does, and a wrong method is answered in the form of its path."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from tests.swiftlogix.addresses import list_paths
from tests.tracking.conftest import api, hubs, partner, world  # noqa: F401 - fixtures
from tests.tracking.stories import BOOKING
from tracking.models import Shipment
from tracking.pages.trouble import is_json_path
from tracking.tokens import make_token

pytestmark = pytest.mark.usefixtures("plain_static")
METHODS = ("POST", "PUT", "PATCH", "DELETE", "PROPFIND")


@pytest.fixture
def visitor(world, hubs, api):  # noqa: F811 - fixtures
    """A browser that is signed in to the console and to the API, with one booked shipment."""
    assert api.post("/api/v1/shipments", BOOKING).status_code == 201
    client = Client(headers={"Authorization": f"Bearer {api.key}"})
    client.force_login(User.objects.create_superuser("operator"))
    return client


@pytest.fixture
def paths(visitor):
    shipment = Shipment.objects.get()
    token = make_token(shipment.shipment_id, shipment.token_n)
    return list_paths(
        {"shipment_id": shipment.shipment_id, "token": token, "origin": "BLR-PNY", "destination": "BLR-KRM"}
    )


def test_head_answers_like_get_without_the_body(visitor, paths):
    def ask(method, path):
        answer = getattr(visitor, method)(path)
        return answer.status_code, answer.headers.get("Content-Type"), answer.headers.get("Allow")

    both = {path: (ask("get", path), ask("head", path)) for path in paths}
    assert {path: pair for path, pair in both.items() if pair[0] != pair[1]} == {}
    assert [path for path, pair in both.items() if pair[0][0] == 200] != []


@pytest.mark.parametrize("method", METHODS)
def test_a_method_that_is_refused_has_the_form_of_the_path(visitor, paths, method):
    answers = {path: visitor.generic(method, path) for path in paths}
    refused = {path: answer for path, answer in answers.items() if answer.status_code == 405}
    assert len(refused) > 10
    shapes = {
        path: (answer.headers["Content-Type"], bool(answer.content), "Allow" in answer.headers)
        for path, answer in refused.items()
    }
    assert shapes == {
        path: ("application/problem+json" if is_json_path(path) else "text/html; charset=utf-8", True, True)
        for path in refused
    }
    assert {path: answer.status_code for path, answer in answers.items() if answer.status_code >= 500} == {}
