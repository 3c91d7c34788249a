"""Every state of the customer page, light and dark, from a small phone to a desk: nothing breaks out.

And the browser says what the server said.
"""

from collections.abc import Iterator

import pytest
import time_machine

from tests.browser.conftest import SCREENS
from tests.browser.watch import Watch
from tests.distribution import heavy
from tests.tracking.pages.bookings import book, rename
from tests.tracking.pages.examples import NOW, STATES

pytestmark = [pytest.mark.browser, heavy]
WIDTHS = {"small": 320, "phone": 390, "desk": 1280}

# What each side has drawn into the elements that the scripts fill: name, text, whether it shows.
DRAWN = """html => {
  const read = (page) => [...page.querySelectorAll("[data-text], [data-list]")].map((element) => [
    element.dataset.text ?? element.dataset.list,
    [...(element.dataset.list ? element.children : [element])].map((part) => part.textContent),
    (element.closest("[data-part]") ?? element).hidden]);
  return [read(new DOMParser().parseFromString(html, "text/html")), read(document)];
}"""


@pytest.fixture
def moment() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("name", STATES)
def test_a_state_reads_well_at_every_width(name, theme, browser, web, store, moment) -> None:
    token = book(rename(STATES[name], f"SLX-4821-{len(name):04}"))
    context = browser.new_context(color_scheme=theme)
    page = context.new_page()
    page.clock.set_fixed_time(NOW)
    watch = Watch(page, web)
    for label, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 844})
        html = page.goto(f"{web}/t/{token}").text()
        page.wait_for_selector("main[data-ready]")
        by_server, by_browser = page.evaluate(DRAWN, html)
        assert by_browser == by_server
        page.screenshot(path=SCREENS / f"customer-{name}-{theme}-{label}.png", full_page=True)
        assert watch.sideways() == []
    assert watch.faults() == []
    context.close()
