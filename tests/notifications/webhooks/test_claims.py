"""Due webhooks: opened once, and claimed by one process at a time within the limit of their endpoint."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection

from notifications.webhooks.account_webhooks import open_test
from notifications.webhooks.claims import CLAIM_LASTS, ENDPOINTS_AT_ONCE, claim_due, forget_old
from notifications.webhooks.models import WebhookAttempt, WebhookDelivery
from notifications.webhooks.outcomes import Attempt, record_attempt
from notifications.webhooks.rules.fair_queue import IN_FLIGHT_LIMIT
from notifications.webhooks.rules.places import Places
from tests.notifications.webhooks.partners import NOON, OK, make_endpoint, open_many, show

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)


def test_the_same_webhook_is_opened_once_for_each_endpoint():
    first, second = make_endpoint("whe_1"), make_endpoint("whe_2")
    for endpoint in (first, first, second):
        open_many(endpoint, [7])
    assert show(claim_due(NOON, 10)) == [("whe_1", "msg_7"), ("whe_2", "msg_7")]


def test_a_delivered_webhook_that_is_opened_again_is_not_sent_again():
    endpoint = make_endpoint()
    open_many(endpoint, [7])
    (claimed,) = claim_due(NOON, 10)
    record_attempt(claimed, Attempt(NOON, NOON, OK), 0.5)
    open_many(endpoint, [7])
    assert claim_due(NOON + timedelta(days=20), 10) == []


def test_a_claimed_delivery_is_claimed_again_only_after_a_minute():
    open_many(make_endpoint(), [1])
    assert show(claim_due(NOON, 10)) == [("whe_1", "msg_1")]
    assert claim_due(NOON + CLAIM_LASTS - SECOND, 10) == []
    assert show(claim_due(NOON + CLAIM_LASTS, 10)) == [("whe_1", "msg_1")]


def test_an_endpoint_has_at_most_four_claimed_deliveries_the_oldest_first():
    open_many(make_endpoint("whe_1"), range(6))
    open_many(make_endpoint("whe_2"), [9], NOON + SECOND)
    oldest = [("whe_1", f"msg_{number}") for number in range(4)]
    claimed = claim_due(NOON + SECOND, 10)
    assert show(claimed) == [*oldest, ("whe_2", "msg_9")]
    assert claim_due(NOON + SECOND, 10) == []
    record_attempt(claimed[0], Attempt(NOON, NOON, OK), 0.5)
    assert show(claim_due(NOON + SECOND, 10)) == [("whe_1", "msg_4")]


@pytest.mark.parametrize("failing_since", [None, NOON])
def test_a_test_comes_before_everything_that_waits_for_its_endpoint(failing_since):
    endpoint = make_endpoint(failing_since=failing_since)
    open_many(endpoint, range(6))
    test = open_test(endpoint, NOON + SECOND)
    assert show(claim_due(NOON + SECOND, 1)) == [("whe_1", test.message_id)]


def test_endpoints_take_turns_so_that_a_long_queue_delays_no_other():
    open_many(make_endpoint("whe_1"), range(50))
    open_many(make_endpoint("whe_2"), [60, 61], NOON + SECOND)
    assert show(claim_due(NOON + SECOND, 3)) == [("whe_1", "msg_0"), ("whe_1", "msg_1"), ("whe_2", "msg_60")]


def test_only_named_webhooks_are_claimed_if_some_are_named():
    open_many(make_endpoint(), [1, 2])
    assert show(claim_due(NOON, 10, ["msg_2"])) == [("whe_1", "msg_2")]


def test_neither_a_delivery_of_the_future_nor_one_of_a_disabled_endpoint_is_claimed():
    open_many(make_endpoint("whe_1"), [1], NOON + SECOND)
    open_many(make_endpoint("whe_2", disabled_at=NOON), [1])
    assert claim_due(NOON, 10) == []


@pytest.mark.django_db(transaction=True)
def test_of_several_processes_that_claim_at_once_each_delivery_goes_to_one():
    for endpoint in range(5):
        open_many(make_endpoint(f"whe_{endpoint}"), range(4))
    barrier, claimed = Barrier(3, timeout=60), []

    def claim():
        barrier.wait()
        claimed.extend(show(claim_due(NOON, 20)))
        connection.close()

    threads = [Thread(target=claim) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(claimed) == [(f"whe_{e}", f"msg_{n}") for e in range(5) for n in range(4)]


def test_deliveries_are_forgotten_with_their_attempts_after_thirty_days():
    endpoint = make_endpoint()
    open_many(endpoint, [1])
    (claimed,) = claim_due(NOON, 1)
    record_attempt(claimed, Attempt(NOON, NOON, OK), 0.5)
    open_many(endpoint, [2], NOON + SECOND)
    assert forget_old(NOON + timedelta(days=30)) == 0
    assert forget_old(NOON + timedelta(days=30) + SECOND) == 1
    assert list(WebhookDelivery.objects.values_list("message_id")) == [("msg_2",)]
    assert WebhookAttempt.objects.count() == 0


def test_endpoints_that_are_full_hide_none_of_those_that_came_later():
    for number in range(ENDPOINTS_AT_ONCE):
        open_many(make_endpoint(f"whe_{number}"), range(IN_FLIGHT_LIMIT + 1))
    assert len(claim_due(NOON, 10_000)) == ENDPOINTS_AT_ONCE * IN_FLIGHT_LIMIT
    open_many(make_endpoint("whe_late"), [1], NOON + SECOND)
    assert show(claim_due(NOON + SECOND, 10)) == [("whe_late", "msg_1")]


def test_an_endpoint_that_fails_gets_one_delivery_at_a_time_until_it_answers():
    open_many(make_endpoint(failing_since=NOON), range(6))
    (first,) = claim_due(NOON, 10)
    assert claim_due(NOON, 10) == []
    record_attempt(first, Attempt(NOON, NOON, OK), 0.5)
    assert len(claim_due(NOON, 10)) == IN_FLIGHT_LIMIT


@pytest.mark.parametrize(
    ("places", "claimed"),
    [
        (Places(9, 1, frozenset({"whe_slow"})), ["whe_other", "whe_other", "whe_slow"]),
        (Places(9, 0, frozenset({"whe_slow"})), ["whe_other", "whe_other"]),
        (Places(1, 9, frozenset({"whe_slow"})), ["whe_other", "whe_slow", "whe_slow"]),
        (Places(0, 9, frozenset({"whe_slow"})), ["whe_slow", "whe_slow"]),
        (Places(0, 9, frozenset()), []),
    ],
)
def test_slow_endpoints_get_places_of_their_own_and_none_of_the_others(places, claimed):
    for name in ("whe_slow", "whe_other"):
        open_many(make_endpoint(name), range(2))
    found = claim_due(NOON, places.prompt, slow=places)
    assert [endpoint for endpoint, _ in show(found)] == claimed
