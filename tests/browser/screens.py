"""Screenshots of pages, kept in `build/screens` to be looked at."""

from pathlib import Path
from typing import Any

from playwright.sync_api import Error

SCREENS = Path(__file__).parents[2] / "build" / "screens"
# Chromium refuses a screenshot now and then when the machine is busy; the next one succeeds.
REFUSED = "Unable to capture screenshot"
TRIES = 5


def keep_screenshot(page: Any, name: str, *, whole: bool = True) -> None:
    """Write what the page shows to `build/screens/NAME.png`: the whole page, or the window alone.

    Raises `playwright.sync_api.Error` if Chromium refuses five times, or for another reason.
    """
    for left in reversed(range(TRIES)):
        try:
            page.screenshot(path=SCREENS / f"{name}.png", full_page=whole)
        except Error as error:
            if REFUSED not in error.message or not left:
                raise
        else:
            return
