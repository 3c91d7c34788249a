"""A browser and a running server for the tests of the pages; no test reaches beyond the loopback address."""

import os
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.browser.chromium import OPTIONS, find_chromium
from tests.tracking.pages.bookings import use_memory_store

SCREENS = Path(__file__).parents[2] / "build" / "screens"
# Playwright's own loop runs in the thread of the tests; Django would refuse the database there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """The Chromium that is there."""
    browser = find_chromium()
    assert browser is not None, "no Chromium: run tests/browser/install_browser.py"
    return browser_type_launch_args | {"executable_path": str(browser), "args": OPTIONS}


@pytest.fixture(scope="session")
def collected():
    """Static files with hashed names, as they are served."""
    call_command("collectstatic", "--no-input", verbosity=0)


@pytest.fixture
def store(collected, live_server):
    """Shipments in memory behind the same port, and a server that shows them."""
    return use_memory_store()
