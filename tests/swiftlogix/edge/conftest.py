"""A running server of the role `web` on the loopback address, with memory adapters in every port."""

import threading
from importlib import import_module

import pytest
import uvicorn
from django.test import override_settings

from laboratory.local.addresses import find_free_port
from swiftlogix.web import make_config
from tests.tracking.conftest import api, hubs, partner, world

__all__ = ["api", "hubs", "partner", "world"]


@pytest.fixture(scope="module")
def running(django_db_setup, collected_static, _memory_instead_of_redis):
    """Run the web role as it is started in production; yield its port."""
    port = find_free_port()
    with override_settings(PUBLIC_URL=f"http://127.0.0.1:{port}"):
        server = uvicorn.Server(make_config("127.0.0.1", port))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            thread.join(0.05)
            assert thread.is_alive(), "the web role did not start"
        yield port
        server.should_exit = True
        thread.join()


@pytest.fixture
def port(running, world, transactional_db):
    """Port of the running server, whose requests reach the memory adapters of the test."""
    # The server imports the application; what it has kept is of another test.
    asgi = import_module("swiftlogix.asgi")
    asgi.kept_answers.forget_all()
    return running
