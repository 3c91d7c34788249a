"""Screenshots of pages: `make test-long` and `make axe` keep them in `build/screens` to be looked at."""

import os
from pathlib import Path
from typing import Any

from playwright.sync_api import Error

from tests.long_runs import LONG

KEPT = LONG or bool(os.environ.get("AXE"))
SCREENS = Path(__file__).parents[2] / "build" / "screens"
# Chromium refuses a screenshot now and then when the machine is busy; the next one succeeds.
REFUSED = "Unable to capture screenshot"
TRIES = 5


def keep_screenshot(page: Any, name: str, *, whole: bool = True) -> None:
    """Keep a picture of the whole page, or of the window alone, if this run keeps pictures."""
    if KEPT:
        take_screenshot(page, name, whole=whole)


def take_screenshot(page: Any, name: str, *, whole: bool = True) -> Path:
    """Write what the page shows to `build/screens/NAME.png`, all or the window alone; return the path.

    Raises `playwright.sync_api.Error` if Chromium refuses five times, or for another reason.
    """
    path = SCREENS / f"{name}.png"
    for left in reversed(range(TRIES)):
        try:
            page.screenshot(path=path, full_page=whole)
        except Error as error:
            if REFUSED not in error.message or not left:
                raise
        else:
            break
    return path
