"""In a real browser, the last locked page opens without a network and says how old it is."""

from datetime import timedelta

import pytest
import time_machine

from tests.browser.accessibility import find_violations
from tests.browser.screens import keep_screenshot
from tests.distribution import in_browser
from tests.tracking.pages.bookings import book, rename
from tests.tracking.pages.examples import NOW, STATES
from tracking.services.partners.recipients import Contact

pytestmark = [pytest.mark.browser, in_browser]
KEPT = """async () => {
  await navigator.serviceWorker.ready;
  for (let tries = 0; tries < 600; tries++) {
    const pages = await (await caches.open("pages")).keys();
    if (pages.length) return pages.map((page) => new URL(page.url).pathname);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}"""


@pytest.fixture
def page(browser, web, store):
    with time_machine.travel(NOW, tick=False):
        context = browser.new_context(viewport={"width": 390, "height": 844})
        yield context.new_page()
        context.close()


def test_the_last_page_opens_offline_and_says_how_old_it_is(page, web) -> None:
    token = book(rename(STATES["on-the-way"], "SLX-4821-KEPT"))
    page.goto(f"{web}/t/{token}")
    assert page.evaluate(KEPT) == [f"/t/{token}"]
    kept_at = page.evaluate("caches.match('/t/' + location.pathname.slice(3)).then((kept) => kept.text())")
    kept_at = kept_at.partition('data-kept="')[2].partition('"')[0]
    page.context.set_offline(True)
    page.clock.install(time=kept_at)
    page.clock.fast_forward(int(timedelta(days=2).total_seconds() * 1000))
    page.goto(f"{web}/t/{token}")
    banner = page.locator("[data-banner]")
    banner.wait_for()
    newest = page.locator("[data-updated]").get_attribute("data-updated")
    shown = page.evaluate(
        "at => new Date(at).toLocaleString('en-IN', {weekday: 'short', day: 'numeric', month: 'short',"
        " hour: 'numeric', minute: '2-digit', timeZone: 'Asia/Kolkata'})",
        newest,
    )
    assert banner.inner_text() == f"Offline. Last update {shown}"
    assert page.inner_text("h1") == "Arriving today"
    assert page.evaluate("getComputedStyle(document.querySelector('.card')).borderRadius") == "18px"
    assert find_violations(page) == []
    keep_screenshot(page, "customer-offline", whole=False)


def test_an_unlocked_page_is_never_kept(page, web) -> None:
    token = book(rename(STATES["on-the-way"], "SLX-4821-KEPT"), contact=Contact("Asha", "+919845012345"))
    page.goto(f"{web}/t/{token}")
    assert page.evaluate(KEPT) == [f"/t/{token}"]
    page.click("#private summary")
    page.fill("#secret", "2345")
    page.click("#private button")
    page.get_by_role("heading", name="For the recipient").wait_for()
    page.reload()
    kept = page.evaluate("caches.match(location.pathname).then((kept) => kept.text())")
    assert ("+91 ••• ••• 45" in page.content(), "+91 ••• ••• 45" in kept) == (True, False)
