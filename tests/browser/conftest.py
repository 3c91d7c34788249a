"""Fixtures of the browser tests: a running server on the loopback address, and its store."""

import os
import threading

import pytest
import uvicorn
from django.test import override_settings

from laboratory.local.addresses import find_free_port
from swiftlogix.web import make_config
from tests.tracking.pages.bookings import use_memory_store

# Playwright's own loop runs in the thread of the tests; Django would refuse the database there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


# Its settings and ports must not last for tests of other packages.
@pytest.fixture(scope="package")
def web(django_db_setup, collected_static, _memory_instead_of_redis):
    """Run the web role with pages, sockets and hashed static files on a free port; yield its URL."""
    port = find_free_port()
    address = f"http://127.0.0.1:{port}"
    with override_settings(PUBLIC_URL=address):
        server = uvicorn.Server(make_config("127.0.0.1", port))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            thread.join(0.05)
            assert thread.is_alive(), "the web role did not start"
        yield address
        server.should_exit = True
        thread.join()


@pytest.fixture
def store(web, transactional_db):
    """A shipment store in memory, which the running server reads."""
    return use_memory_store()
