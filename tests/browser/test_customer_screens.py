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


@pytest.fixture(scope="module")
def window(browser):
    """Return a page that stays open, since a new window costs more than to open another page in it."""
    page = browser.new_context().new_page()
    page.clock.set_fixed_time(NOW)
    yield page
    page.context.close()


@pytest.fixture
def watched(window, web, store):
    """Return the page and its watch, at a moment that lasts; it leaves before the store is emptied."""
    watch = Watch(window, web)
    with time_machine.travel(NOW, tick=False):
        yield window, watch
    watch.end()
    window.goto("about:blank")


@pytest.mark.parametrize(("name", "view"), spread_views(STATES))
def test_a_state_fits_every_width_and_is_accessible(name, view, watched, web) -> None:
    token = book(rename(STATES[name], f"SLX-4821-{len(name):04}"))
    page, watch = watched
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
