"""Each state of the customer page is accessible in one view and fits every width; `make axe` sees all."""

import pytest
import time_machine

from tests.browser.accessibility import find_violations
from tests.browser.parts import read_parts
from tests.browser.screens import keep_screenshot
from tests.browser.views import CUSTOMER_WIDTHS, find_overflow, show_view, spread_views
from tests.browser.watch import Watch
from tests.distribution import in_browser
from tests.tracking.pages.bookings import book, rename
from tests.tracking.pages.examples import NOW, STATES

pytestmark = [pytest.mark.browser, in_browser]


@pytest.fixture
def page(browser):
    context = browser.new_context()
    with time_machine.travel(NOW, tick=False):
        yield context.new_page()
    context.close()


@pytest.mark.parametrize(("name", "view"), spread_views(STATES))
def test_a_state_fits_every_width_and_is_accessible(name, view, page, web, store) -> None:
    token = book(rename(STATES[name], f"SLX-4821-{len(name):04}"))
    page.clock.set_fixed_time(NOW)
    watch = Watch(page, web)
    show_view(page, view.theme, CUSTOMER_WIDTHS[view.width])
    page.goto(f"{web}/t/{token}?lang={view.language}")
    page.wait_for_selector("main[data-ready]")
    rendered, shown = read_parts(page)
    assert shown == rendered
    assert find_violations(page) == []
    keep_screenshot(page, f"customer-{name}-{'-'.join(view)}")
    assert (find_overflow(page, watch), watch.faults()) == ({}, [])


def test_the_views_of_all_states_cover_every_combination() -> None:
    assert len({view for _, view in spread_views(STATES)}) == 3 * 2 * 3
