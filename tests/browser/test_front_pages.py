"""Landing page and page to find a parcel: fit, rules of access, focus, nothing from another host."""

import pytest

from tests.browser.accessibility import find_violations
from tests.browser.screens import keep_screenshot
from tests.browser.views import find_overflow
from tests.browser.watch import Watch
from tests.distribution import in_browser

pytestmark = [pytest.mark.browser, in_browser]
# Page, with what is typed into its form, the field of the mistake, and the theme it is looked at in.
REFUSED = {
    "find-unknown": ("/track/", ("+91 98450 12345", "9999"), "number", "light"),
    "find-mistake": ("/", ("order 77", "560034"), "secret", "dark"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_refused_form_keeps_what_was_typed_has_the_focus_in_the_mistake_and_fits_every_width(
    name, browser, web, store
) -> None:
    path, typed, field, theme = REFUSED[name]
    page = browser.new_context(color_scheme=theme).new_page()
    watch = Watch(page, web)
    page.goto(f"{web}{path}")
    page.get_by_label("Tracking number or order number").fill(typed[0])
    page.get_by_label("Last 4 digits of the phone number").fill(typed[1])
    page.get_by_role("button", name="Track parcel").click()
    page.wait_for_selector(f"#{field}[aria-invalid]")
    focused = page.evaluate("document.activeElement.id")
    assert (focused, page.input_value("#number"), page.input_value("#secret")) == (field, *typed)
    wide = find_overflow(page, watch)
    keep_screenshot(page, f"front-{name}-{theme}")
    assert (wide, find_violations(page)) == ({}, [])
    # Chromium reports the status of a refused form as an error of loading it.
    assert [fault for fault in watch.faults() if "status of 4" not in fault] == []
    page.context.close()


def test_the_landing_page_leads_developers_to_the_guide_and_the_reference(page, web, store) -> None:
    page.goto(web)
    page.get_by_role("link", name="API guide and reference").click()
    assert page.url == f"{web}/api/docs/"
