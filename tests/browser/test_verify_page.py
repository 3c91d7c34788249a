"""Page that checks a message: at all widths, in both themes and all languages, and used by its form."""

import pytest

from notifications.message_codes import open_code
from notifications.models import Delivery
from tests.browser.accessibility import find_violations
from tests.browser.screens import keep_screenshot
from tests.browser.watch import Watch
from tests.distribution import heavy
from tests.notifications.stories import NOON
from tracking.translation import LANGUAGES

pytestmark = [pytest.mark.browser, heavy]
WIDTHS = {"small": 320, "phone": 390, "desk": 1280}
UNKNOWN = "ZZZZ2222"


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


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_fits_every_width_and_has_no_barrier(language, theme, browser, web, code) -> None:
    context = browser.new_context(color_scheme=theme)
    page = context.new_page()
    watch = Watch(page, web)
    for name, path in {"form": "", "known": code, "unknown": UNKNOWN}.items():
        page.goto(f"{web}/verify/{path}?lang={language}")
        for label, width in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": 844})
            keep_screenshot(page, f"verify-{name}-{language}-{theme}-{label}")
            assert watch.sideways() == []
        assert find_violations(page) == []
    # The browser itself reports the 404 of an unknown number.
    assert [fault for fault in watch.faults() if "404" not in fault] == []
    context.close()


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
