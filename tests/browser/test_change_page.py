"""Staff follow one change from the bus to the phone in a real browser."""

import pytest
import time_machine

from notifications.ports import ports, wire
from tests.browser.screens import keep_screenshot
from tests.browser.watch import Watch
from tests.distribution import in_browser
from tests.notifications.traces import SOON, send_everywhere, wire_transports
from tests.staff import make_staff
from tests.workers.world import World
from tracking.services.requests.roles import Role

pytestmark = [pytest.mark.browser, in_browser]
PASSWORD = "a long and odd pass phrase"
WIDTHS = {"small": 320, "phone": 390, "desk": 1280}


@pytest.fixture
def change(web, store, settings):
    """An account, and a change that was notified by SMS, not by e-mail, and delivered as a webhook."""
    settings.SECOND_FACTOR_REQUIRED = False
    user = make_staff(Role.OPERATOR, "asha")
    user.set_password(PASSWORD)
    user.save()
    before = ports()
    wire_transports()
    with time_machine.travel(SOON, tick=False):
        made = send_everywhere(World(store))
    yield made
    wire(before)


def test_staff_go_from_a_shipment_to_its_change_and_on_to_the_webhook(browser, web, change) -> None:
    context = browser.new_context(color_scheme="dark")
    page = context.new_page()
    watch = Watch(page, web)
    page.goto(f"{web}/ops/shipments/123")
    page.fill("#id_username", "asha")
    page.fill("#id_password", PASSWORD)
    page.click("text=Sign in >> nth=-1")
    page.click(".timeline >> text=Status changed")
    page.wait_for_selector("h1:has-text('Status changed')")
    for label, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 844})
        keep_screenshot(page, f"ops-change-dark-{label}")
        assert watch.sideways() == []
    page.click("text=Send again")
    page.wait_for_selector("text=waiting")
    page.click('.actions a:text-is("Change")')
    assert page.url == f"{web}/ops/changes/{change.change_id}/"
    page.goto(f"{web}/ops/changes/")
    keep_screenshot(page, "ops-changes-dark")
    assert watch.faults() == []
    context.close()
