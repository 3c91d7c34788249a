"""Page of the API: a guide, then the reference, in the colours of the tokens at every width."""

import pytest

from tests.browser.accessibility import find_violations
from tests.browser.screens import keep_screenshot
from tests.browser.views import CUSTOMER_WIDTHS, show_view
from tests.browser.watch import Watch
from tests.distribution import in_browser

pytestmark = [pytest.mark.browser, in_browser]


@pytest.fixture(scope="module")
def window(browser, web):
    """Return a page and its watch, which have opened nothing yet."""
    page = browser.new_context().new_page()
    yield page, Watch(page, web)
    page.context.close()


@pytest.fixture
def opened(window, web, store):
    """Return the open page of the API and its watch; the first test opens it."""
    page, _ = window
    if page.url == "about:blank":
        page.goto(f"{web}/api/docs/")
        page.wait_for_selector(".opblock")
    return window


def test_the_page_fits_every_width_and_violates_no_rule_of_access(opened) -> None:
    page, watch = opened
    page.locator(".opblock-post .opblock-summary-control").first.click()
    page.wait_for_selector(".opblock-body .response")
    for theme, (label, width) in zip(("dark", "light", "dark"), CUSTOMER_WIDTHS.items(), strict=True):
        show_view(page, theme, width)
        keep_screenshot(page, f"api-docs-{theme}-{label}")
        assert watch.sideways() == []
    assert (find_violations(page), watch.faults()) == ([], [])


def test_the_guide_comes_first_and_the_reference_in_the_order_of_the_work(opened) -> None:
    page, _ = opened
    headings = page.locator("main :is(h1, h2)").all_inner_texts()
    assert headings[:3] == ["SwiftLogix API", "Ten minutes with curl", "Reference"]
    tags = page.locator(".opblock-tag").evaluate_all("(all) => all.map((one) => one.dataset.tag)")
    assert tags == "shipments events tracking webhooks proofs vehicles lanes incidents usage".split()
