"""Web push from the change to the browser, and what ends with a recipient."""

import json
from datetime import timedelta
from io import StringIO

import pytest
import time_machine
from django.core.management import call_command

from notifications.adapters.memory import MemoryTransport
from notifications.address_hashes import AddressHashes
from notifications.consent_models import ConsentEntry
from notifications.ports import NotificationPorts, wire
from notifications.preference_links import open_link
from notifications.services import notify
from notifications.transports.webpush import WEB_PUSH
from notifications.webpush.subscriptions import KEPT_FOR, find_browsers, subscribe
from tests.notifications.stories import NOON, PHONE, book, make_change, outcomes
from tests.notifications.webpush.browsers import Browser
from tracking.services.partners.recipients import Contact, keep_contact
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


def post(client, path, **form):
    token = open_link("123", AddressHashes())
    assert client.post(f"/preferences/{token}{path}", form).status_code in (200, 302)


@pytest.mark.parametrize(
    ("path", "form"),
    [("/stop/webpush", {"List-Unsubscribe": "One-Click"}), ("", {"action": "stop_everything"}), ("", {})],
)
def test_a_stop_by_a_recipient_without_any_address_holds_also_when_an_address_is_added(
    client, clock, plain_static, path, form
):
    transport = MemoryTransport(WEB_PUSH)
    wired = NotificationPorts({"webpush": transport})
    wire(wired)
    booking = book(consents={}, recipient_phone="", recipient_email="")
    subscribe(booking, BROWSER.subscription, NOON)
    post(client, path, **form)
    assert ConsentEntry.objects.filter(is_allowed=False).count() == 1
    notify(wired, make_change("attempt_failed"))
    keep_contact(booking, Contact(phone=PHONE))
    booking.save()
    notify(wired, make_change("out_for_delivery"))
    assert {row[2:] for row in outcomes()} == {("suppressed", "opted_out")}
    assert transport.sent == []


def test_a_recipient_without_any_address_who_stopped_can_choose_again(client, clock, plain_static):
    wired = NotificationPorts({"webpush": MemoryTransport(WEB_PUSH)})
    wire(wired)
    subscribe(book(consents={}, recipient_phone="", recipient_email=""), BROWSER.subscription, NOON)
    post(client, "", action="stop_everything")
    post(client, "", transport="webpush", webpush=[trigger.value for trigger in WEB_PUSH.triggers])
    notify(wired, make_change("attempt_failed"))
    assert outcomes() == [("attempt_failed", "webpush", "sent", "")]


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
