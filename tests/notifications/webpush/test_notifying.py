"""Web push from the change to the browser, and what ends with a recipient."""

import json
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command

from notifications.adapters.memory import MemoryTransport
from notifications.ports import NotificationPorts
from notifications.services import notify
from notifications.transports.webpush import WEB_PUSH
from notifications.webpush.subscriptions import KEPT_FOR, find_browsers, subscribe
from tests.notifications.stories import NOON, book, make_change, outcomes
from tests.notifications.webpush.browsers import Browser
from workers.tasks import forget_expired

pytestmark = pytest.mark.django_db
BROWSER = Browser("https://push.example/send/abc")


def test_a_subscribed_browser_is_notified_and_before_that_nobody(clock):
    transport = MemoryTransport(WEB_PUSH)
    wired, booking = NotificationPorts({"webpush": transport}), book(consents={})
    notify(wired, make_change("delivered"))
    subscribe(booking, BROWSER.subscription, NOON)
    notify(wired, make_change("attempt_failed"))
    assert outcomes() == [
        ("delivered", "webpush", "suppressed", "no_consent"),
        ("attempt_failed", "webpush", "sent", ""),
    ]
    assert [message.address for message in transport.sent] == [BROWSER.subscription.subscription_id]


def test_an_erased_recipient_has_no_subscription():
    subscribe(book(consents={}), BROWSER.subscription, NOON)
    output = StringIO()
    call_command("erase_recipient", "123", "--json", stdout=output)
    assert (json.loads(output.getvalue())["erased"], find_browsers("123")) == (True, "")


def test_old_subscriptions_are_deleted_with_all_other_old_data():
    subscribe(book(consents={}), BROWSER.subscription, NOON)
    with time_machine.travel(NOON + KEPT_FOR + timedelta(seconds=1), tick=False):
        forget_expired()
    assert find_browsers("123") == ""
