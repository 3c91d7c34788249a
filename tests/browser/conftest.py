"""Playwright drives the Chromium that is there; `page` and `context` come from pytest-playwright."""

import pytest

from tests.browser.chromium import OPTIONS, find_chromium


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    browser = find_chromium()
    assert browser is not None, "no Chromium: run tests/browser/install_browser.py"
    return browser_type_launch_args | {"executable_path": str(browser), "args": OPTIONS}
