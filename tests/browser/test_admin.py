"""Admin in a real browser: fit, rules of access, both themes, no fault of the content security policy."""

import pytest
from django.contrib.auth.models import User

from tests.browser.accessibility import find_violations
from tests.browser.screens import keep_screenshot
from tests.browser.watch import Watch
from tests.distribution import heavy
from tests.notifications.webhooks.partners import make_endpoint
from tests.staff import make_staff
from tests.tracking.admin.forms import page_of
from tests.tracking.pages.bookings import book
from tracking.api.keys import issue_key
from tracking.models import ApiKey, Hub, Partner, Shipment, Vehicle
from tracking.services.requests.roles import Role

pytestmark = [pytest.mark.browser, heavy]
WIDTHS = {"phone": 390, "desk": 1280}
PASSWORD = "a long and odd pass phrase"


@pytest.fixture
def paths(web, store) -> dict[str, str]:
    """Pages of the admin by name, each with a record."""
    partner = Partner.objects.create(partner_id="prt_acme", name="Acme Traders")
    issue_key(partner)
    book(None, shipment_id="SLX-1", partner=partner)
    vehicle = Vehicle.objects.create(
        vehicle_id="KA01AB1234", partner=partner, label="Red van", vehicle_class="van"
    )
    make_staff(Role.OPERATOR, "asha", hubs=Hub.objects.all()[:1], partners=[partner])
    endpoint = make_endpoint()
    return {
        "index": "/admin/",
        "shipments": page_of("tracking_shipment"),
        "shipment": page_of("tracking_shipment", "change", Shipment.objects.get().pk),
        "hubs": page_of("tracking_hub"),
        "hub": page_of("tracking_hub", "change", Hub.objects.first().pk),
        "users": page_of("auth_user"),
        "keys": page_of("tracking_apikey"),
        "key": page_of("tracking_apikey", "change", ApiKey.objects.get().pk),
        "key-new": page_of("tracking_apikey", "add"),
        "vehicle": page_of("tracking_vehicle", "change", vehicle.pk),
        "endpoint": page_of("webhooks_webhookendpoint", "change", endpoint.pk),
        "history": page_of("tracking_hub", "history", Hub.objects.first().pk),
        "password": "/admin/password_change/",
        "missing": "/admin/nowhere/",
    }


@pytest.fixture
def sign_in(client):
    """Return a function that gives a browser context the session of a superuser."""

    def enter(context, web):
        user = User.objects.create_superuser("supervisor", password=PASSWORD)
        client.force_login(user)
        context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": web}])

    return enter


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_fits_and_violates_no_rule_of_access(theme, browser, web, paths, sign_in) -> None:
    context = browser.new_context(color_scheme=theme)
    sign_in(context, web)
    page = context.new_page()
    watch = Watch(page, web)
    found: dict[str, object] = {}
    for name, path in paths.items() - {("key-new", paths["key-new"])}:
        page.goto(f"{web}{path}")
        for label, width in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": 844})
            keep_screenshot(page, f"admin-{name}-{theme}-{label}")
            faults = (find_violations(page), watch.sideways())
            if faults != ([], []):
                found[f"{name} {label}"] = faults
    assert found == {}
    # Chromium reports the status of the page that does not exist as an error of loading it.
    assert [fault for fault in watch.faults() if "status of 4" not in fault] == []
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_hub_is_chosen_a_key_is_issued_and_revoked(theme, browser, web, paths, sign_in) -> None:
    context = browser.new_context(color_scheme=theme, viewport={"width": 390, "height": 844})
    sign_in(context, web)
    page = context.new_page()
    watch = Watch(page, web)
    page.goto(f"{web}{paths['key-new']}")
    page.locator(".select2-selection").first.click()
    page.locator(".select2-search__field").fill("Acme")
    page.locator(".select2-results__option", has_text="Acme Traders").click()
    assert find_violations(page) == []
    keep_screenshot(page, f"admin-chosen-{theme}-phone")
    page.get_by_role("button", name="Save", exact=True).click()
    assert page.get_by_label("Key of").input_value().startswith("slx_live_")
    assert (find_violations(page), watch.sideways()) == ([], [])
    keep_screenshot(page, f"admin-secret-{theme}-phone")
    page.goto(f"{web}{paths['key']}")
    page.get_by_role("button", name="Revoke").click()
    page.get_by_text("It stops working at once").wait_for()
    assert (find_violations(page), watch.sideways()) == ([], [])
    keep_screenshot(page, f"admin-question-{theme}-phone")
    page.get_by_role("button", name="Revoke").click()
    page.get_by_text("Revoked.").wait_for()
    assert ApiKey.objects.order_by("pk").first().revoked_at is not None
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
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
    page.goto(f"{web}/ops/nowhere")
    keep_screenshot(page, f"ops-nowhere-{theme}-{width}")
    assert (find_violations(page), watch.sideways()) == ([], [])
    context.close()
