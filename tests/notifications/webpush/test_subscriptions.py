"""Subscriptions of browsers: which are taken, how they are kept, and when they end."""

import json
from datetime import timedelta

import pytest

from notifications.consent_models import ConsentEntry
from notifications.webhooks.guard import AddressRefusedError
from notifications.webpush.models import PushSubscription
from notifications.webpush.subscriptions import (
    MAX_SUBSCRIPTIONS,
    BadSubscriptionError,
    find_browsers,
    forget_old_subscriptions,
    forget_subscriptions,
    list_subscriptions,
    read_subscription,
    reseal_subscriptions,
    subscribe,
    unsubscribe,
)
from tests.notifications.stories import NOON, book
from tests.notifications.webpush.browsers import Browser
from tracking.models import Shipment

pytestmark = pytest.mark.django_db
PUBLIC = "https://push.example/send/abc"


def read(description: object) -> None:
    read_subscription(json.dumps(description).encode(), allow_loopback=False)


def consents() -> dict:
    return Shipment.objects.get().consents


def test_a_subscription_is_read_as_browsers_describe_it():
    browser = Browser(PUBLIC)
    body = json.dumps(browser.describe()).encode()
    assert read_subscription(body, allow_loopback=False) == browser.subscription


@pytest.mark.parametrize(
    "change",
    [
        {"keys": {}},
        {"keys": {"p256dh": "AAAA", "auth": "AAAAAAAAAAAAAAAAAAAAAA"}},
        {"keys": {"p256dh": "B" * 87, "auth": "AAAAAAAAAAAAAAAAAAAAAA"}},
        {"keys": Browser(PUBLIC).describe()["keys"] | {"auth": "AAAA"}},
        {"keys": Browser(PUBLIC).describe()["keys"] | {"auth": "*"}},
        {"endpoint": 5},
        {"endpoint": f"https://push.example/{'a' * 1000}"},
    ],
)
def test_a_subscription_that_cannot_be_used_is_refused(change):
    with pytest.raises(BadSubscriptionError):
        read(Browser(PUBLIC).describe() | change)


@pytest.mark.parametrize("endpoint", ["http://push.example/a", "https://push.example:8443/a", "ftp://x/a"])
def test_an_address_that_is_not_public_is_refused(endpoint):
    with pytest.raises(AddressRefusedError):
        read(Browser(PUBLIC).describe() | {"endpoint": endpoint})


def test_a_subscription_is_kept_under_seal_and_is_a_consent_in_the_ledger():
    booking, browser = book(consents={"sms": True}), Browser(PUBLIC)
    for _ in range(2):
        subscribe(booking, browser.subscription, NOON)
    (row,) = PushSubscription.objects.all()
    assert b"push.example" not in bytes(row.sealed)
    assert (list_subscriptions("123"), consents()) == (
        [browser.subscription],
        {"sms": True, "webpush": True},
    )
    entries = ConsentEntry.objects.values_list("transport", "is_allowed", "way", "shipment_id")
    assert set(entries) == {("webpush", True, "preferences", "123")}


def test_a_subscription_ends_and_with_the_last_one_the_consent():
    booking = book(consents={})
    one, two = Browser(PUBLIC), Browser(f"{PUBLIC}2")
    for browser in (one, two):
        subscribe(booking, browser.subscription, NOON)
    unsubscribe("123", one.subscription.subscription_id)
    assert (find_browsers("123"), consents()) == (two.subscription.subscription_id, {"webpush": True})
    for _ in range(2):
        unsubscribe("123", two.subscription.subscription_id)
    assert (find_browsers("123"), consents()) == ("", {"webpush": False})


def test_one_more_browser_than_a_shipment_may_have_replaces_the_oldest():
    booking = book(consents={})
    browsers = [Browser(f"{PUBLIC}{number}") for number in range(MAX_SUBSCRIPTIONS + 1)]
    for number, browser in enumerate(browsers):
        subscribe(booking, browser.subscription, NOON + timedelta(seconds=number))
    assert list_subscriptions("123") == [browser.subscription for browser in browsers[1:]]


def test_the_ids_of_all_browsers_fit_the_column_of_an_address():
    assert MAX_SUBSCRIPTIONS * 23 <= 254


def test_subscriptions_are_deleted_with_their_recipient_and_after_ninety_days():
    booking = book(consents={})
    subscribe(booking, Browser(PUBLIC).subscription, NOON)
    assert forget_old_subscriptions(NOON + timedelta(days=90)) == 0
    assert forget_old_subscriptions(NOON + timedelta(days=90, seconds=1)) == 1
    subscribe(booking, Browser(PUBLIC).subscription, NOON)
    assert (forget_subscriptions("123"), find_browsers("123")) == (1, "")


def test_a_rotated_key_seals_subscriptions_anew(settings):
    browser = Browser(PUBLIC)
    subscribe(book(consents={}), browser.subscription, NOON)
    settings.RECIPIENT_KEYS = ["the-new-key", *settings.RECIPIENT_KEYS]
    assert (reseal_subscriptions(), reseal_subscriptions()) == (1, 0)
    settings.RECIPIENT_KEYS = ["the-new-key"]
    assert list_subscriptions("123") == [browser.subscription]
