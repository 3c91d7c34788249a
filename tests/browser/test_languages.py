"""Public pages fit every width in each language and have no barrier; the picker needs no script."""

from itertools import cycle, product

import pytest
import time_machine

from tests.browser.accessibility import find_violations
from tests.browser.public_pages import open_public_world
from tests.browser.screens import keep_screenshot
from tests.browser.views import THEMES, find_overflow, show_view
from tests.browser.watch import Watch
from tests.distribution import in_browser
from tests.tracking.pages.examples import NOW
from tracking.translation import LANGUAGES

pytestmark = [pytest.mark.browser, in_browser]
DESK = 1280


@pytest.fixture
def paths(store):
    """Return the paths of public pages without a state, by name."""
    with open_public_world() as paths:
        yield paths


# Each page has one language here, and each language a third of the pages; `make axe` opens every page in each
# language. tests/browser/test_customer_screens.py does the same with the states of a parcel.
def test_each_page_fits_every_width_and_has_no_barrier(browser, web, paths) -> None:
    page = browser.new_context().new_page()
    watch = Watch(page, web)
    found = {}
    with time_machine.travel(NOW, tick=False):
        page.clock.set_fixed_time(NOW)
        views = cycle(product(LANGUAGES, THEMES))
        for (language, theme), (name, path) in zip(views, paths.items(), strict=False):
            show_view(page, theme, DESK)
            page.goto(f"{web}{path}?lang={language}")
            wide = find_overflow(page, watch)
            keep_screenshot(page, f"language-{name}-{language}-{theme}")
            found[name] = (wide, find_violations(page))
    assert found == dict.fromkeys(paths, ({}, []))
    # The browser itself reports the 404 of an unknown link.
    assert [fault for fault in watch.faults() if "404" not in fault] == []
    page.context.close()


def test_a_language_picked_without_script_holds_on_the_next_page(browser, web, store) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{web}/?lang=ta")
    assert page.get_attribute("html", "lang") == "ta"
    page.click("nav.languages a[hreflang=hi]")
    page.goto(f"{web}/track/")
    assert (page.get_attribute("html", "lang"), page.inner_text("h1")) == ("hi", "अपना पार्सल ट्रैक करें")
    context.close()
