"""Public status page in both themes, on a phone and on a desk: it fits, and violates no rule of access."""

import dataclasses

import pytest
import time_machine

from tests.browser.accessibility import find_violations
from tests.browser.screens import keep_screenshot
from tests.browser.watch import Watch
from tests.distribution import in_browser
from tests.tracking.pages.test_status import NOW, fill, screen
from tracking import ports

pytestmark = [pytest.mark.browser, in_browser]


@pytest.fixture
def address(web, store):
    """Wire the figures of a day with four incidents; yield the address of the page."""
    slow, failed = screen(4000, 500), screen(100, 5, 90, 10)
    hours = {0: screen(180, 12_345, 45_678), 2: screen(100, 5), 4: failed, 5: slow}
    wired = ports.ports()
    ports.wire(dataclasses.replace(wired, receipts=fill(hours), counter=None))
    with time_machine.travel(NOW, tick=False):
        yield f"{web}/status/"
    ports.wire(wired)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("language", "width"), [("en", 320), ("en", 1280), ("ta", 320), ("hi", 390)])
def test_the_page_fits_the_window_and_everybody_can_read_it(browser, web, address, theme, language, width):
    context = browser.new_context(color_scheme=theme, viewport={"width": width, "height": 844})
    page = context.new_page()
    watch = Watch(page, web)
    page.goto(f"{address}?lang={language}")
    keep_screenshot(page, f"status-{language}-{theme}-{width}")
    assert (watch.sideways(), find_violations(page), watch.faults()) == ([], [], [])
    assert page.locator(".incidents li").count() == 4
    context.close()
