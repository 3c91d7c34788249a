"""Every state of the customer page fits its window and is accessible, in both themes, on phone and desk."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.browser.accessibility import find_violations
from tests.browser.parts import read_parts
from tests.browser.screens import keep_screenshot
from tests.browser.watch import Watch
from tests.distribution import heavy
from tests.tracking.pages.bookings import book, rename
from tests.tracking.pages.examples import NOW, STATES

pytestmark = [pytest.mark.browser, heavy]
WIDTHS = {"small": 320, "phone": 390, "desk": 1280}


@pytest.fixture
def moment() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", STATES)
def test_a_state_fits_the_window_and_is_accessible(name, theme, browser, web, store, moment) -> None:
    token = book(rename(STATES[name], f"SLX-4821-{len(name):04}"))
    context = browser.new_context(color_scheme=theme)
    page = context.new_page()
    page.clock.set_fixed_time(NOW)
    watch = Watch(page, web)
    for label, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 844})
        page.goto(f"{web}/t/{token}")
        page.wait_for_selector("main[data-ready]")
        rendered, shown = read_parts(page)
        assert shown == rendered
        keep_screenshot(page, f"customer-{name}-{theme}-{label}")
        assert (find_violations(page), watch.sideways()) == ([], [])
    assert watch.faults() == []
    context.close()
