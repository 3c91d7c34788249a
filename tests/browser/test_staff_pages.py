"""Staff sign in with both factors in a real browser, show a recipient in clear, and read the audit log."""

from time import time

import pytest
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from tests.browser.screens import keep_screenshot
from tests.browser.watch import Watch
from tests.distribution import in_browser
from tests.events import make_event
from tests.staff import make_staff
from tests.tracking.pages.bookings import book
from tests.tracking.stories import record_timeline
from tracking.models import Shipment
from tracking.ports import ports
from tracking.services.operations.incidents import open_incident
from tracking.services.partners.recipients import Contact, keep_contact
from tracking.services.requests.roles import Role

pytestmark = [pytest.mark.browser, in_browser]
PASSWORD = "a long and odd pass phrase"
CONTACT = Contact("Asha Raghavan", "+919845012345", "asha@example.com", "12 Sampige Road")
WIDTHS = {"small": 320, "phone": 390, "desk": 1280}


@pytest.fixture
def supervisor(web, store, settings):
    """An account that has to enrol, and a shipment with a recipient and an incident."""
    settings.SECOND_FACTOR_REQUIRED = True
    user = make_staff(Role.SUPERVISOR, "asha")
    user.set_password(PASSWORD)
    user.save()
    book(None, shipment_id="SLX-1")
    row = Shipment.objects.get(shipment_id="SLX-1")
    keep_contact(row, CONTACT)
    row.save()
    event = make_event(1, "e1", status="exception", shipment_id="SLX-1")
    record_timeline(store, event)
    open_incident(ports().live, "exception", "SLX-1", "damaged", event.occurred_at, shipment_id="SLX-1")
    return user


def take(page, watch, name, theme) -> None:
    for label, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 844})
        keep_screenshot(page, f"{name}-{theme}-{label}")
        assert watch.sideways() == []


def test_staff_enrol_show_a_recipient_and_read_the_log(browser, web, supervisor) -> None:
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    watch = Watch(page, web)
    page.goto(f"{web}/ops/shipments/SLX-1")
    take(page, watch, "ops-login", "dark")
    page.fill("#id_username", "asha")
    page.fill("#id_password", PASSWORD)
    page.click("text=Sign in >> nth=-1")
    page.wait_for_selector(".login-qr")
    take(page, watch, "ops-enrol", "dark")
    device = TOTPDevice.objects.get(user=supervisor)
    totp = TOTP(device.bin_key)
    totp.time = time()
    page.fill("#id_code", f"{totp.token():06d}")
    page.click("text=Confirm")
    page.wait_for_selector("#recipient")
    take(page, watch, "ops-shipment-masked", "dark")
    assert "Raghavan" not in page.content()
    page.click("text=Show in clear")
    page.wait_for_selector("#recipient >> text=Asha Raghavan")
    take(page, watch, "ops-shipment-clear", "dark")
    page.click("text=Acknowledge")
    page.wait_for_selector("[data-owner] >> text=asha")
    page.goto(f"{web}/ops/audit/")
    verbs = page.locator("tbody td:nth-child(4)").all_inner_texts()
    assert verbs == [
        "Acknowledged an incident",
        "Read the recipient in clear",
        "Set up the second factor",
    ]
    take(page, watch, "ops-audit", "dark")
    page.click("button[title='Sign out']")
    page.fill("#id_username", "asha")
    page.fill("#id_password", PASSWORD)
    page.click("text=Sign in >> nth=-1")
    page.wait_for_selector("text=Enter the code")
    take(page, watch, "ops-verify", "dark")
    assert watch.faults() == []
    context.close()
