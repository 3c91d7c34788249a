"""A browser and a running server for the tests of the pages; no test reaches beyond the loopback address."""

import os
import shutil
from pathlib import Path

import pytest
from django.core.management import call_command

from tests.tracking.pages.bookings import use_memory_store

SCREENS = Path(__file__).parents[2] / "build/screens"
BROWSERS = ("chromium", "google-chrome", "chrome")
# Playwright's own loop runs in the thread of the tests; Django would refuse the database there.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(scope="session")
def browser_type_launch_args():
    """Chromium as it is installed; Playwright's own where there is none."""
    found = os.environ.get("SWIFTLOGIX_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    arguments = {"args": ["--no-sandbox"]}
    return arguments | ({"executable_path": found} if found else {})


@pytest.fixture(scope="session")
def collected():
    """Static files with hashed names, as they are served."""
    call_command("collectstatic", "--no-input", verbosity=0)


@pytest.fixture
def store(collected, live_server):
    """Shipments in memory behind the same port, and a server that shows them."""
    return use_memory_store()
