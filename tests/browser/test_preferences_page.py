"""Preferences in a browser: choices are kept without a script."""

import pytest

from notifications.adapters.memory import MemoryTransport
from notifications.address_hashes import hash_address, hash_addresses
from notifications.consents import read_choices
from notifications.ports import NotificationPorts, ports, wire
from notifications.preference_links import open_link
from notifications.transports.email import EMAIL
from notifications.transports.sms import SMS
from tests.distribution import in_browser
from tests.notifications.stories import MAIL, PHONE, book

pytestmark = [pytest.mark.browser, in_browser]


@pytest.fixture
def link(web, store):
    """Wire transports in memory; yield the address of the preferences of the recipient of shipment 123."""
    book()
    before = ports()
    wire(NotificationPorts({declared.name: MemoryTransport(declared) for declared in (SMS, EMAIL)}))
    yield f"{web}/preferences/{open_link('123', hash_addresses({'phone': PHONE, 'email': MAIL}))}"
    wire(before)


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
