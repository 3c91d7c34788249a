"""Outcomes of attempts: next attempt, log, and health of the endpoint."""

from datetime import timedelta

import pytest

from notifications.webhooks.claims import CLAIM_LASTS, claim_due
from notifications.webhooks.models import WebhookAttempt, WebhookDelivery
from notifications.webhooks.outcomes import Attempt, Ended, record_attempt, record_attempts
from notifications.webhooks.rules.verdicts import Answer, Fault
from tests.notifications.webhooks.partners import NOON, OK, make_endpoint, open_many

pytestmark = pytest.mark.django_db
BROKEN = Answer(500)


def attempt(answer, at=NOON):
    """Claim what is due at this time and record the same answer for each; return the results."""
    done = Attempt(at, at, answer)
    return [record_attempt(claimed, done, 0.5) for claimed in claim_due(at, 10)]


def outcomes():
    rows = WebhookDelivery.objects.order_by("message_id")
    return [(row.outcome, row.attempts, row.next_attempt_at, row.finished_at) for row in rows]


def test_a_delivered_webhook_is_final():
    open_many(make_endpoint(), [1])
    assert attempt(OK) == [None]
    assert outcomes() == [("delivered", 1, None, NOON)]


def test_a_failed_attempt_is_repeated_by_the_schedule_until_the_tenth():
    open_many(make_endpoint(), [1])
    at, delays = NOON, []
    for _ in range(9):
        assert attempt(BROKEN, at) == [None]
        ((outcome, _, following, finished_at),) = outcomes()
        assert (outcome, finished_at) == ("waiting", None)
        delays.append((following - at).total_seconds())
        at = following
    assert delays == [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    assert attempt(BROKEN, at) == [None]
    assert outcomes() == [("failed", 10, None, at)]


def test_a_wait_that_the_endpoint_asks_for_is_kept():
    open_many(make_endpoint(), [1])
    attempt(Answer(429, retry_after="3600"))
    assert outcomes() == [("waiting", 1, NOON + timedelta(hours=1), None)]


def test_each_attempt_is_logged_with_the_first_kilobyte_of_its_answer():
    open_many(make_endpoint(), [1])
    attempt(Answer(0, fault=Fault.TIMEOUT))
    (claimed,) = claim_due(NOON + timedelta(seconds=5), 1)
    ended_at = NOON + timedelta(seconds=6, milliseconds=250)
    answer = Answer(503, body=b"\0\xff" + b"x" * 2000)
    record_attempt(claimed, Attempt(NOON + timedelta(seconds=6), ended_at, answer), 0.5)
    rows = WebhookAttempt.objects.order_by("number")
    assert list(rows.values_list("number", "duration_ms", "status", "fault", "answer")) == [
        (1, 0, 0, "timeout", ""),
        (2, 250, 503, "", "\N{REPLACEMENT CHARACTER}" * 2 + "x" * 1022),
    ]


def test_an_attempt_whose_claim_has_ended_is_left_to_the_process_that_claims_it_next():
    open_many(make_endpoint(), [1])
    (slow,) = claim_due(NOON, 1)
    (other,) = claim_due(NOON + CLAIM_LASTS, 1)
    assert record_attempt(slow, Attempt(NOON, NOON, BROKEN), 0.5) is None
    assert WebhookAttempt.objects.count() == 0
    record_attempt(other, Attempt(NOON, NOON, OK), 0.5)
    record_attempt(slow, Attempt(NOON, NOON, BROKEN), 0.5)
    assert outcomes() == [("delivered", 1, None, NOON)]


def test_an_endpoint_that_is_gone_is_disabled_and_its_waiting_deliveries_are_dropped():
    endpoint = make_endpoint()
    open_many(endpoint, [1, 2])
    (claimed, _) = claim_due(NOON, 2)
    assert record_attempt(claimed, Attempt(NOON, NOON, Answer(410)), 0.5) == "gone"
    endpoint.refresh_from_db()
    assert (endpoint.disabled_at, endpoint.disabled_reason) == (NOON, "gone")
    assert outcomes() == [("failed", 1, None, NOON), ("dropped", 0, None, NOON)]


def test_an_endpoint_is_disabled_after_five_days_without_a_success():
    endpoint = make_endpoint()
    days = [(0, OK, None), (1, BROKEN, None), (3, OK, None), (4, BROKEN, None), (8, BROKEN, None)]
    for number, (day, answer, reason) in enumerate([*days, (9, BROKEN, "failed_too_long")]):
        at = NOON + timedelta(days=day)
        WebhookDelivery.objects.all().delete()
        open_many(endpoint, [number], at)
        assert attempt(answer, at) == [reason]
    endpoint.refresh_from_db()
    shown = (endpoint.failing_since, endpoint.disabled_at, endpoint.disabled_reason)
    assert shown == (NOON + timedelta(days=4), NOON + timedelta(days=9), "failed_too_long")


def test_an_endpoint_is_disabled_once_even_if_several_attempts_say_so():
    open_many(make_endpoint(), [1, 2])
    first, second = claim_due(NOON, 2)
    gone = Attempt(NOON, NOON, Answer(410))
    assert [record_attempt(first, gone, 0.5), record_attempt(second, gone, 0.5)] == ["gone", None]


def test_attempts_that_are_recorded_together_have_each_the_outcome_of_their_own():
    one, other = make_endpoint("whe_1"), make_endpoint("whe_2")
    deleted = make_endpoint("whe_3")
    for endpoint, numbers in ((one, [1, 2]), (other, [3, 4]), (deleted, [5])):
        open_many(endpoint, numbers)
    claimed = {each.message_id: each for each in claim_due(NOON, 10)}
    deleted.delete()
    answers = {"msg_1": BROKEN, "msg_2": OK, "msg_3": Answer(410), "msg_4": OK, "msg_5": OK}
    ended = [Ended(claimed[name], Attempt(NOON, NOON, answer), 0.5) for name, answer in answers.items()]
    assert record_attempts(ended) == [None, None, "gone", None, None]
    rows = WebhookDelivery.objects.order_by("message_id").values_list("message_id", "outcome", "attempts")
    assert list(rows) == [
        ("msg_1", "waiting", 1),
        ("msg_2", "delivered", 1),
        ("msg_3", "failed", 1),
        ("msg_4", "dropped", 0),
    ]
    attempts = WebhookAttempt.objects.order_by("delivery__message_id").values_list("status")
    assert list(attempts) == [(500,), (200,), (410,)]
    one.refresh_from_db()
    assert one.failing_since is None
