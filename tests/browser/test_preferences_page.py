"""Preferences in a browser: choices are kept without a script, and every width is wide enough."""

import pytest
from django.utils import timezone

from notifications.adapters.memory import MemoryTransport
from notifications.address_hashes import hash_address, hash_addresses
from notifications.consents import read_choices
from notifications.models import Delivery
from notifications.ports import NotificationPorts, ports, wire
from notifications.preference_links import open_link
from notifications.services import notify
from notifications.transports.email import EMAIL
from notifications.transports.sms import SMS
from tests.browser.screens import keep_screenshot
from tests.browser.watch import Watch
from tests.distribution import heavy
from tests.notifications.stories import MAIL, PHONE, book, make_change

pytestmark = [pytest.mark.browser, heavy]
WIDTHS = (320, 390, 700)


@pytest.fixture
def link(web, store):
    """Wire transports in memory; yield the address of the preferences of the recipient of shipment 123."""
    book()
    before = ports()
    wire(NotificationPorts({declared.name: MemoryTransport(declared) for declared in (SMS, EMAIL)}))
    yield f"{web}/preferences/{open_link('123', hash_addresses({'phone': PHONE, 'email': MAIL}))}"
    wire(before)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_pages_fit_the_window_at_every_width(browser, web, link, theme):
    notify(ports(), make_change("delivered", occurred_at=timezone.now()))
    delivery = Delivery.objects.get(transport="email")
    context = browser.new_context(color_scheme=theme)
    page = context.new_page()
    watch = Watch(page, web)
    for name, path in (("preferences", ""), ("stop", "/stop/email"), ("why", f"/why/{delivery.pk}")):
        for width in WIDTHS:
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(link + path)
            keep_screenshot(page, f"{name}-{width}-{theme}")
            assert watch.sideways() == []
    assert watch.faults() == []
    context.close()


def test_a_choice_is_kept_without_a_script(browser, link):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(link)
    page.get_by_label("SMS to").uncheck()
    page.get_by_role("button", name="Save").click()
    assert page.get_by_role("status").inner_text() == "Saved."
    assert not page.get_by_label("SMS to").is_checked()
    assert read_choices([hash_address(PHONE)]) == {("sms", ""): False}
    context.close()
