"""Patience of the browser tests: a busy machine without a graphics card draws a map in a minute."""

from typing import Any

from tests.waiting import PATIENCE_S


def be_patient(browser: Any) -> Any:
    """Let every window that the browser opens from now on wait as long as all tests; return the browser."""
    open_window = browser.new_context

    def open_patient_window(**options: Any) -> Any:
        window = open_window(**options)
        window.set_default_timeout(PATIENCE_S * 1000)
        return window

    browser.new_context = open_patient_window
    return browser
