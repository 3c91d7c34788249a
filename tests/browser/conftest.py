"""A browser and a running server for the tests of the pages; no test reaches beyond the loopback address."""

import os
import shutil
from pathlib import Path

import pytest

from tests.tracking.pages.bookings import use_memory_store

SCREENS = Path(__file__).parents[2] / "build/screens"
BROWSERS = ("chromium", "google-chrome", "chrome")


@pytest.fixture(scope="session")
def browser_type_launch_args():
    """Chromium as it is installed; Playwright's own where there is none."""
    found = os.environ.get("SWIFTLOGIX_CHROMIUM") or next(filter(None, map(shutil.which, BROWSERS)), None)
    arguments = {"args": ["--no-sandbox"]}
    return arguments | ({"executable_path": found} if found else {})


@pytest.fixture
def store():
    """Shipments in memory, behind the same port."""
    return use_memory_store()
