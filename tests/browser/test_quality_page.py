"""Public page on the quality of windows in both themes, at all widths and in all languages."""

import dataclasses
from itertools import cycle

import pytest
import time_machine

from tests.browser.screens import keep_screenshot
from tests.browser.views import THEMES, find_overflow
from tests.browser.watch import Watch
from tests.distribution import in_browser
from tests.tracking.pages.quality import fill_quality
from tracking import ports
from tracking.translation import LANGUAGES

pytestmark = [pytest.mark.browser, in_browser]


@pytest.fixture(scope="module")
def month():
    """Return the statistics of a month, which no test changes, and its end."""
    return fill_quality()


@pytest.fixture
def address(web, store, month):
    """Wire the statistics; yield the address of the page at the end of their month."""
    lanes, end = month
    wired = ports.ports()
    ports.wire(dataclasses.replace(wired, lanes=lanes, counter=None))
    with time_machine.travel(end, tick=False):
        yield f"{web}/eta-quality/"
    ports.wire(wired)


@pytest.mark.parametrize(("language", "theme"), zip(LANGUAGES, cycle(THEMES), strict=False))
def test_the_page_fits_the_window_at_every_width(language, theme, browser, web, address) -> None:
    page = browser.new_context(color_scheme=theme).new_page()
    watch = Watch(page, web)
    page.goto(f"{address}?lang={language}")
    page.evaluate("document.querySelectorAll('details').forEach((part) => { part.open = true; })")
    wide = find_overflow(page, watch)
    keep_screenshot(page, f"quality-{language}-{theme}")
    assert page.get_attribute("html", "lang") == ("en-IN" if language == "en" else language)
    assert (wide, watch.faults()) == ({}, [])
    page.context.close()


def test_the_tables_are_tables_for_a_screen_reader_on_a_phone_too(browser, web, address) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 844})
    page = context.new_page()
    page.goto(address)
    table = page.get_by_role("table", name="By length of the trip").first
    assert table.get_by_role("columnheader").all_inner_texts() == [
        "Trip without traffic",
        "Inside",
        "Off by",
        "Width",
        "On time",
        "Compared",
    ]
    assert table.get_by_role("rowheader").all_inner_texts() == [
        "under 25 min",
        "25 to 60 min",
        "60 to 200 min",
        "over 200 min",
    ]
    context.close()
