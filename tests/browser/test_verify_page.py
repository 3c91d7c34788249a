"""A number of a message is found as people type it."""

import pytest

from notifications.message_codes import open_code
from notifications.models import Delivery
from tests.distribution import in_browser
from tests.notifications.stories import NOON

pytestmark = [pytest.mark.browser, in_browser]


@pytest.fixture
def code(transactional_db) -> str:
    """Return the code of a sent SMS."""
    delivery = Delivery.objects.create(
        change_id="chg_1",
        recipient_id="rcp_one",
        transport="sms",
        shipment_id="123",
        trigger="out_for_delivery",
        outcome="sent",
        finished_at=NOON,
    )
    return open_code(delivery, "hi", "+91 ••• ••• 10")


def test_a_number_typed_in_carelessly_is_found_without_javascript(browser, web, code) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{web}/verify/?lang=hi")
    page.fill("#number", f" #{code[:4].lower()} {code[4:]}")
    page.press("#number", "Enter")
    page.wait_for_url(f"{web}/verify/{code}?lang=hi")
    assert page.locator("dd").all_inner_texts() == [
        "डिलीवरी के लिए निकला",
        "मंगलवार 24 नवंबर को सुबह 11:24 बजे",
        "SMS",
        "+91 ••• ••• 10",
        "हिन्दी",
    ]
    context.close()
