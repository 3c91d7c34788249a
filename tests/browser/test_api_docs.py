"""Page of the API: a guide, then the reference, in the colours of the tokens at every width."""

import pytest

from tests.browser.accessibility import find_violations
from tests.browser.screens import keep_screenshot
from tests.browser.views import CUSTOMER_WIDTHS, show_view
from tests.browser.watch import Watch
from tests.distribution import in_browser

pytestmark = [pytest.mark.browser, in_browser]


def test_the_page_fits_every_width_and_violates_no_rule_of_access(browser, web, store) -> None:
    page = browser.new_context(color_scheme="light").new_page()
    watch = Watch(page, web)
    page.goto(f"{web}/api/docs/")
    page.wait_for_selector(".opblock")
    assert find_violations(page) == []
    page.locator(".opblock-post .opblock-summary-control").first.click()
    page.wait_for_selector(".opblock-body .response")
    for theme, (label, width) in zip(("dark", "light", "dark"), CUSTOMER_WIDTHS.items(), strict=True):
        show_view(page, theme, width)
        keep_screenshot(page, f"api-docs-{theme}-{label}")
        assert watch.sideways() == []
    assert (find_violations(page), watch.faults()) == ([], [])
    page.context.close()


def test_the_guide_comes_first_and_the_reference_in_the_order_of_the_work(page, web, store) -> None:
    page.goto(f"{web}/api/docs/")
    page.wait_for_selector(".opblock")
    headings = page.locator("main :is(h1, h2)").all_inner_texts()
    assert headings[:3] == ["SwiftLogix API", "Ten minutes with curl", "Reference"]
    tags = page.locator(".opblock-tag").evaluate_all("(all) => all.map((one) => one.dataset.tag)")
    assert tags == "shipments events tracking webhooks proofs vehicles lanes incidents usage".split()
