"""Admin in a real browser: fit, rules of access, both themes, no fault of the content security policy."""

from itertools import cycle, product

import pytest
from django.contrib.auth.models import User

from tests.browser.accessibility import find_violations
from tests.browser.admin_pages import make_admin_pages
from tests.browser.screens import keep_screenshot
from tests.browser.views import THEMES, find_overflow, show_view
from tests.browser.watch import Watch
from tests.distribution import in_browser
from tests.long_runs import LONG
from tracking.models import ApiKey

pytestmark = [pytest.mark.browser, in_browser]
DESK = 1280
# `make axe` and long runs judge all pages; these are one of each kind.
OF_EACH_KIND = (
    "index",
    "shipments",
    "shipment",
    "users-found",
    "user",
    "lane-new",
    "endpoint",
    "history",
    "missing",
)
WIDTHS = {"phone": 390, "desk": DESK}
PASSWORD = "a long and odd pass phrase"


@pytest.fixture
def paths(web, store) -> dict[str, str]:
    return make_admin_pages()


@pytest.fixture
def sign_in(client):
    """Return a function that gives a browser context the session of a superuser."""

    def enter(context, web):
        user = User.objects.create_superuser("supervisor", password=PASSWORD)
        client.force_login(user)
        context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": web}])

    return enter


def test_every_page_fits_and_violates_no_rule_of_access(browser, web, paths, sign_in) -> None:
    context = browser.new_context()
    sign_in(context, web)
    page = context.new_page()
    watch = Watch(page, web)
    found: dict[str, object] = {}
    judged = paths if LONG else {name: paths[name] for name in OF_EACH_KIND}
    for (theme, label), (name, path) in zip(cycle(product(THEMES, WIDTHS)), judged.items(), strict=False):
        show_view(page, theme, WIDTHS[label])
        page.goto(f"{web}{path}")
        keep_screenshot(page, f"admin-{name}-{theme}-{label}")
        found[name] = (find_violations(page), find_overflow(page, watch, WIDTHS))
    assert found == dict.fromkeys(judged, ([], {}))
    # Chromium reports the status of the page that does not exist as an error of loading it.
    assert [fault for fault in watch.faults() if "status of 4" not in fault] == []
    context.close()


def test_on_a_phone_nothing_covers_the_index_the_bar_is_low_and_accounts_fit(
    browser, web, paths, sign_in
) -> None:
    context = browser.new_context(viewport={"width": WIDTHS["phone"], "height": 844})
    sign_in(context, web)
    page = context.new_page()
    page.goto(f"{web}{paths['index']}")
    page.get_by_role("link", name="Hubs", exact=True).click()
    page.wait_for_url(f"{web}{paths['hubs']}")
    page.goto(f"{web}{paths['users']}")
    cells = page.locator("#result_list :is(td, th):visible")
    right = cells.evaluate_all("(all) => Math.max(...all.map((one) => one.getBoundingClientRect().right))")
    rows = page.locator("#branding, #user-tools > *:visible").evaluate_all(
        "(all) => new Set(all.map((one) => { const r = one.getBoundingClientRect();"
        " return Math.round((r.top + r.bottom) / 2 / 10); })).size"
    )
    assert (right <= WIDTHS["phone"], rows) == (True, 2)
    context.close()


def test_a_hub_is_chosen_a_key_is_issued_and_revoked(browser, web, paths, sign_in) -> None:
    context = browser.new_context(color_scheme="dark", viewport={"width": 390, "height": 844})
    sign_in(context, web)
    page = context.new_page()
    watch = Watch(page, web)
    page.goto(f"{web}{paths['key-new']}")
    page.locator(".select2-selection").first.click()
    page.locator(".select2-search__field").fill("Acme")
    page.locator(".select2-results__option", has_text="Acme Traders").click()
    assert find_violations(page) == []
    keep_screenshot(page, "admin-chosen-dark-phone")
    page.get_by_role("button", name="Save", exact=True).click()
    assert page.get_by_label("Key of").input_value().startswith("slx_live_")
    assert (find_violations(page), watch.sideways()) == ([], [])
    keep_screenshot(page, "admin-secret-dark-phone")
    page.goto(f"{web}{paths['key']}")
    page.get_by_role("button", name="Revoke").click()
    page.get_by_text("It stops working at once").wait_for()
    assert (find_violations(page), watch.sideways()) == ([], [])
    keep_screenshot(page, "admin-question-dark-phone")
    page.get_by_role("button", name="Revoke").click()
    page.get_by_text("The key is revoked").wait_for()
    assert ApiKey.objects.order_by("pk").first().revoked_at is not None
    assert watch.faults() == []
    context.close()


@pytest.mark.parametrize(("theme", "width"), [("light", 320), ("dark", 390), ("light", 1280)])
def test_rows_of_shipments_are_read_without_scrolling_sideways(
    theme, width, browser, web, paths, sign_in
) -> None:
    context = browser.new_context(color_scheme=theme, viewport={"width": width, "height": 844})
    sign_in(context, web)
    page = context.new_page()
    watch = Watch(page, web)
    page.goto(f"{web}/ops/shipments/")
    keep_screenshot(page, f"ops-shipments-{theme}-{width}")
    cells = page.locator(".rows tbody td")
    outside = cells.evaluate_all(
        "(all) => all.filter((one) => one.getBoundingClientRect().right > innerWidth).length"
    )
    assert (cells.count(), outside if width < 640 else 0) == (8, 0)
    assert (find_violations(page), watch.sideways(), watch.faults()) == ([], [], [])
    if width >= DESK:
        assert page.locator(".bar-nav").evaluate("(bar) => bar.scrollWidth - bar.clientWidth") == 0
    page.goto(f"{web}/ops/nowhere")
    keep_screenshot(page, f"ops-nowhere-{theme}-{width}")
    assert (find_violations(page), watch.sideways()) == ([], [])
    context.close()
