"""With a server that we need down, every address answers 503 in its form, never 500."""

from contextlib import contextmanager

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client, override_settings

import tracking.ports
import workers.ports
from swiftlogix import settings as product
from swiftlogix.wiring import wire_tracking, wire_workers
from tests.environment import NOWHERE
from tests.swiftlogix.addresses import list_paths
from tests.tracking.conftest import api, hubs, partner  # noqa: F401 - fixtures
from tracking.adapters.aws import build_client
from tracking.models import Shipment
from tracking.pages.trouble import is_json_path
from tracking.tokens import hash_token, make_token

pytestmark = [pytest.mark.usefixtures("plain_static"), pytest.mark.django_db(transaction=True)]
TOKEN = make_token("123", 0)


@pytest.fixture
def visitor(api, partner):  # noqa: F811 - fixtures
    """A browser that is signed in to the console and to the API, with one booked shipment."""
    Shipment.objects.create(
        shipment_id="123", token_sha256=hash_token(TOKEN), partner=partner, pin_code="560034"
    )
    client = Client(headers={"Authorization": f"Bearer {api.key}"}, raise_request_exception=False)
    client.force_login(User.objects.create_superuser("operator"))
    return client


@contextmanager
def without_database():
    """Take the database away: no connection can be opened."""
    connection.close()
    name = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = "/nowhere/db.sqlite3"
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = name


@contextmanager
def without_redis():
    """Take cache and counters away: nothing listens where they are."""
    with override_settings(CACHES=product.CACHES, CHANNEL_LAYERS=product.CHANNEL_LAYERS):
        yield


@contextmanager
def without_store():
    """Take AWS away: new adapters, at an address where nobody listens."""
    before = tracking.ports.ports(), workers.ports.ports()
    with override_settings(AWS_ENDPOINT_URL=f"http://{NOWHERE}"):
        build_client.cache_clear()
        tracking.ports.wire(wire_tracking())
        workers.ports.wire(wire_workers())
        yield
    build_client.cache_clear()
    tracking.ports.wire(before[0])
    workers.ports.wire(before[1])


def ask_all(visitor):
    """Return the answer of every address, by method and path."""
    values = {"shipment_id": "123", "token": TOKEN}
    paths = list_paths(values)
    asked = {f"GET {path}": visitor.get(path) for path in paths}
    forms = {"number": "123", "secret": "1234", "kind": "other_day"}
    asked |= {f"POST {path}": visitor.post(path, forms) for path in paths if not is_json_path(path)}
    return asked


@pytest.mark.slow
@pytest.mark.parametrize("take_away", [without_database, without_redis, without_store])
def test_every_address_answers_503_in_its_form_and_never_500(visitor, take_away):
    with take_away():
        answers = ask_all(visitor)
    failed = {asked: answer for asked, answer in answers.items() if answer.status_code >= 500}
    assert {asked: answer.status_code for asked, answer in failed.items() if answer.status_code != 503} == {}
    assert failed
    shapes = {
        asked: answer.headers["Content-Type"]
        for asked, answer in failed.items()
        if not asked.endswith("/readyz")
    }
    assert shapes == {
        asked: "application/problem+json" if is_json_path(asked.split()[1]) else "text/html; charset=utf-8"
        for asked in shapes
    }
