"""In a real browser, the open page shows the van of the last mile where the server draws it."""

import pytest
import time_machine

from tests.browser.parts import read_parts, reconnect
from tests.browser.screens import keep_screenshot
from tests.browser.watch import Watch
from tests.distribution import in_browser
from tests.tracking.pages.examples import NOW
from tests.tracking.pages.nearby import DOOR, SECRET, move, ride

pytestmark = [pytest.mark.browser, in_browser]
# Degrees north and east of the door: in the second ring, outside the last, in the first, at the door.
STEPS = [(-0.011, 0.009), (0.09, -0.02), (0.0031, -0.0044), (0.0, 0.0)]


def test_the_open_page_shows_the_van_where_the_server_draws_it(browser, web, store) -> None:
    with time_machine.travel(NOW, tick=False):
        token = ride(4)
        context = browser.new_context(color_scheme="dark", viewport={"width": 390, "height": 844})
        page = context.new_page()
        page.clock.set_fixed_time(NOW)
        watch = Watch(page, web)
        page.goto(f"{web}/t/{token}")
        page.click("#private summary")
        page.fill("#secret", SECRET)
        page.click("#private button")
        page.wait_for_selector("main[data-ready] .map.near")
        for number, (north, east) in enumerate(STEPS):
            move((DOOR[0] + north, DOOR[1] + east))
            reconnect(page)
            keep_screenshot(page, f"customer-near-dark-{number}", whole=False)
            rendered, shown = read_parts(page)
            assert shown == rendered
        assert (watch.sideways(), watch.faults()) == ([], [])
        context.close()
