"""Each contract runs on the memory adapter, and on the emulator through each client of frequent calls."""

import pytest
from django.conf import settings
from django.test import override_settings

from tests.contracts.backends import HOT_CLIENTS, MEMORY
from tests.contracts.hot_clients import client_at
from tests.tracking.adapters.scripted_server import serving
from tracking.adapters.aws import build_client
from tracking.adapters.dynamodb import DynamoShipmentStore
from tracking.adapters.memory import MemoryShipmentStore
from tracking.ports import ShipmentStore


@pytest.fixture(scope="module", params=[MEMORY, *HOT_CLIENTS])
def backend(request):
    """Yield `memory`, or the client by which adapters reach the emulator; it is set during the tests."""
    if request.param == MEMORY:
        yield MEMORY
        return
    request.getfixturevalue("local_aws")
    with override_settings(AWS_HOT_CLIENT=request.param):
        build_client.cache_clear()
        yield request.param
    build_client.cache_clear()


@pytest.fixture
def store(backend) -> ShipmentStore:
    """Store of shipments of the backend; modules about another port replace it."""
    if backend == MEMORY:
        return MemoryShipmentStore()
    return DynamoShipmentStore(settings.AWS_NAMES["tracking_table"])


@pytest.fixture
def server():
    with serving() as running:
        yield running


@pytest.fixture(params=HOT_CLIENTS)
def hot_client(request):
    with override_settings(AWS_HOT_CLIENT=request.param):
        yield request.param


@pytest.fixture
def client(server, hot_client):
    with client_at(server.url) as made:
        yield made
