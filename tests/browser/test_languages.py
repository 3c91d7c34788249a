"""Customer pages in Hindi and Tamil fit every width and have no barrier; the picker needs no script."""

import pytest
import time_machine

from notifications.address_hashes import hash_addresses
from notifications.preference_links import open_link
from tests.browser.accessibility import find_violations
from tests.browser.screens import keep_screenshot
from tests.browser.watch import Watch
from tests.distribution import heavy
from tests.tracking.pages.bookings import book, rename
from tests.tracking.pages.examples import NOW, STATES
from tracking.services.partners.recipients import Contact

pytestmark = [pytest.mark.browser, heavy]
WIDTHS = {"small": 320, "phone": 390, "desk": 1280}
# Cards hide what is wider than they are.
CUT_OFF = (
    "[...document.querySelectorAll('.card')].filter(card => card.scrollWidth > card.clientWidth)"
    ".map(card => card.innerText)"
)
CONTACT = Contact("Asha Raghavan", "+919845012345")


@pytest.fixture
def paths(store) -> dict[str, str]:
    """Return the paths of a page of each kind, by name."""
    names = ("on-the-way", "out-for-delivery", "delayed", "attempt-failed", "ready-for-pickup", "delivered")
    states = {
        name: f"/t/{book(rename(STATES[name], f'SLX-{name}'), contact=CONTACT, language='ta')}"
        for name in names
    }
    link = open_link("SLX-delivered", hash_addresses({"phone": CONTACT.phone, "email": ""}))
    return states | {
        "home": "/",
        "find": "/track/",
        "missing": "/t/unknown",
        "preferences": f"/preferences/{link}",
        "stop": f"/preferences/{link}/stop/email",
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", ["hi", "ta"])
def test_each_page_fits_every_width_and_has_no_barrier(language, theme, browser, web, paths) -> None:
    context = browser.new_context(color_scheme=theme)
    page = context.new_page()
    watch = Watch(page, web)
    with time_machine.travel(NOW, tick=False):
        page.clock.set_fixed_time(NOW)
        for name, path in paths.items():
            page.goto(f"{web}{path}?lang={language}")
            for label, width in WIDTHS.items():
                page.set_viewport_size({"width": width, "height": 844})
                keep_screenshot(page, f"language-{name}-{language}-{theme}-{label}")
                assert (name, watch.sideways(), page.evaluate(CUT_OFF)) == (name, [], [])
            assert (name, find_violations(page)) == (name, [])
    # The browser itself reports the 404 of an unknown link.
    assert [fault for fault in watch.faults() if "404" not in fault] == []
    context.close()


def test_a_language_picked_without_script_holds_on_the_next_page(browser, web, paths) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{web}{paths['delivered']}")
    assert page.get_attribute("html", "lang") == "ta"
    page.click("nav.languages a[hreflang=hi]")
    page.goto(f"{web}/track/")
    assert (page.get_attribute("html", "lang"), page.inner_text("h1")) == ("hi", "अपना पार्सल ट्रैक करें")
    context.close()
