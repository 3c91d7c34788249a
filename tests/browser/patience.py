"""Windows of the browser tests: patient, since a busy machine draws a map in a minute, and without motion."""

from typing import Any

from tests.waiting import PATIENCE_S


def be_patient(browser: Any) -> Any:
    """Let every window that the browser opens from now on wait as long as all tests; return the browser.

    There is no motion unless a test asks for it: without a graphics card Chromium draws a whole window with a
    map again for each frame of the smallest animation.
    """
    open_window = browser.new_context

    def open_patient_window(**options: Any) -> Any:
        window = open_window(**{"reduced_motion": "reduce"} | options)
        window.set_default_timeout(PATIENCE_S * 1000)
        return window

    browser.new_context = open_patient_window
    return browser
