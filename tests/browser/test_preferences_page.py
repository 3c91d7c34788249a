"""Preferences in a browser: choices are kept without a script, and every width is wide enough."""

import pytest

from notifications.address_hashes import hash_address, hash_addresses
from notifications.consents import read_choices
from notifications.preference_links import open_link
from tests.browser.conftest import SCREENS
from tests.notifications.stories import MAIL, PHONE, book

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def link(web, store):
    """Return the address of the preferences of the recipient of shipment 123."""
    book()
    return f"{web}/preferences/{open_link('123', hash_addresses({'phone': PHONE, 'email': MAIL}))}"


@pytest.fixture(params=[320, 390, 700])
def width(request):
    return request.param


@pytest.mark.parametrize("colours", ["light", "dark"])
def test_the_pages_fit_every_width_without_a_script(browser, link, width, colours):
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=colours, java_script_enabled=False
    )
    page = context.new_page()
    for name, path in (("preferences", ""), ("stop", "/stop/email")):
        page.goto(link + path)
        page.screenshot(path=SCREENS / f"{name}-{width}-{colours}.png", full_page=True)
        document = page.locator("html").bounding_box()
        assert document is not None
        assert document["width"] <= width
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
