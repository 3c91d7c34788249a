"""Public status page in both themes, on a phone and on a desk: it fits, and violates no rule of access."""

import dataclasses

import pytest
import time_machine

from tests.browser.accessibility import find_violations
from tests.browser.views import THEMES, find_overflow, judge_everywhere
from tests.browser.watch import Watch
from tests.distribution import in_browser
from tests.long_runs import LONG
from tests.tracking.pages.test_status import NOW, fill, screen
from tracking import ports
from tracking.translation import LANGUAGES

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


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_fits_the_window_and_everybody_can_read_it(language, browser, web, address):
    page = browser.new_context().new_page()
    watch = Watch(page, web)
    page.goto(f"{address}?lang={language}")
    if LONG:
        assert judge_everywhere(page, watch, f"status-{language}") == {}
    for theme in THEMES if language == LANGUAGES[0] else THEMES[1:]:
        page.emulate_media(color_scheme=theme)
        assert (find_overflow(page, watch), find_violations(page)) == ({}, [])
    assert (watch.faults(), page.locator(".incidents li").count()) == ([], 4)
    page.context.close()
