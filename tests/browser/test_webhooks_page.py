"""Staff look at webhooks in a real browser, and send one again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from notifications.webhooks.claims import claim_due
from notifications.webhooks.models import WebhookDelivery
from notifications.webhooks.outcomes import Attempt, record_attempt
from notifications.webhooks.rules.verdicts import Answer, Fault
from tests.browser.screens import keep_screenshot
from tests.browser.watch import Watch
from tests.distribution import in_browser
from tests.notifications.webhooks.partners import make_endpoint, open_many
from tests.staff import make_staff
from tracking.services.requests.roles import Role

pytestmark = [pytest.mark.browser, in_browser]
PASSWORD = "a long and odd pass phrase"
WIDTHS = {"small": 320, "phone": 390, "desk": 1280}


@pytest.fixture
def operator(web, store, settings):
    """An account, a failing, a healthy and a disabled endpoint, and a delivery that has failed twice."""
    settings.SECOND_FACTOR_REQUIRED = False
    user = make_staff(Role.OPERATOR, "asha")
    user.set_password(PASSWORD)
    user.save()
    now = timezone.now()
    make_endpoint("whe_healthy", livemode=False, statuses=["delivered", "returned"])
    make_endpoint("whe_gone", disabled_at=now, disabled_reason="gone", thin=True)
    open_many(make_endpoint("whe_failing"), [1, 2], now)
    for seconds, answer in ((0, Answer(0, fault=Fault.TIMEOUT)), (6, Answer(503, body=b"<html>busy</html>"))):
        at = now + timedelta(seconds=seconds)
        for claimed in claim_due(at, 1, ["msg_1"]):
            record_attempt(claimed, Attempt(at, at + timedelta(milliseconds=250), answer), 0.5)
    return user


def take(page, watch, name, theme) -> None:
    for label, width in WIDTHS.items():
        page.set_viewport_size({"width": width, "height": 844})
        keep_screenshot(page, f"{name}-{theme}-{label}")
        assert watch.sideways() == []


def test_staff_see_why_a_webhook_failed_and_send_it_again(browser, web, operator) -> None:
    context = browser.new_context(color_scheme="light")
    page = context.new_page()
    watch = Watch(page, web)
    page.goto(f"{web}/ops/webhooks/")
    page.fill("#id_username", "asha")
    page.fill("#id_password", PASSWORD)
    page.click("text=Sign in >> nth=-1")
    page.wait_for_selector("text=whe_gone")
    assert page.locator("nav [aria-current=page]").all_inner_texts() == ["Webhooks"]
    take(page, watch, "ops-webhooks", "light")
    page.click("text=msg_1")
    page.wait_for_selector("text=timeout")
    take(page, watch, "ops-webhook", "light")
    page.click("text=Send again")
    page.wait_for_selector("text=timeout")
    assert WebhookDelivery.objects.get(message_id="msg_1").attempts_before == 2
    assert watch.faults() == []
    context.close()
