"""A partner may cause a number of SMS segments a day; concurrent processes never exceed it together."""

import threading
from datetime import timedelta

import pytest
from django.db import connection

from notifications.budgets import BudgetSpentError, spend
from notifications.models import DailyCount, MessageCode
from notifications.ports import ports
from notifications.services import notify
from notifications.transports.sms import SMS
from tests.notifications.stories import NOON, book, count_sent, make_change, outcomes
from tracking.domain.errors import TransientError

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock")]


@pytest.fixture
def limit(settings):
    """Limit the SMS of a partner to two segments a day."""
    settings.TRANSPORTS = settings.TRANSPORTS | {"sms": settings.TRANSPORTS["sms"] | {"daily_limit": 2}}


def read_counts() -> dict[tuple[str, str, str], int]:
    return {
        (row.partner_id, row.transport, str(row.day)): row.segments
        for row in DailyCount.objects.order_by("id")
    }


def notify_of(*statuses: str) -> None:
    for status in statuses:
        notify(ports(), make_change(status))


def test_sms_beyond_the_budget_are_suppressed_and_mail_is_still_sent(transports, limit):
    book()
    notify_of("out_for_delivery", "attempt_failed", "available_for_pickup")
    assert [row for row in outcomes() if row[1] == "sms"] == [
        ("out_for_delivery", "sms", "sent", ""),
        ("attempt_failed", "sms", "sent", ""),
        ("available_for_pickup", "sms", "suppressed", "over_budget"),
        ("pickup_reminder", "sms", "deferred", "reminder"),
    ]
    assert count_sent(transports) == [2, 3]
    assert read_counts() == {("prt_1", "sms", "2026-11-24"): 2}


@pytest.mark.parametrize(("language", "segments"), [("en", 1), ("hi", 2), ("ta", 2)])
def test_a_message_counts_by_the_segments_in_which_it_leaves(transports, limit, language, segments):
    book(language=language)
    notify_of("attempt_failed")
    (sent,) = transports["sms"].sent
    assert SMS.limit.measure(sent.body).segments == segments
    assert MessageCode.objects.get(delivery__transport="sms").segments == segments
    assert read_counts() == {("prt_1", "sms", "2026-11-24"): segments}


def test_a_message_of_two_segments_does_not_fit_a_day_of_which_one_is_left(limit):
    spend("prt_1", "sms", 1, NOON)
    with pytest.raises(BudgetSpentError):
        spend("prt_1", "sms", 2, NOON)
    assert read_counts() == {("prt_1", "sms", "2026-11-24"): 1}


def test_a_change_that_comes_again_counts_once(transports, limit):
    book()
    transports["sms"].failure = TransientError("sns: Throttled")
    for _ in range(3):
        with pytest.raises(TransientError):
            notify_of("out_for_delivery")
    transports["sms"].failure = None
    notify_of("out_for_delivery", "out_for_delivery")
    assert read_counts() == {("prt_1", "sms", "2026-11-24"): 1}


def test_the_day_ends_at_midnight_in_india_and_each_partner_has_a_budget(limit, db):
    # 18:29 UTC is 23:59 in India.
    before_midnight = NOON.replace(hour=18, minute=29)
    for partner_id in ("prt_1", "prt_1", "prt_2"):
        spend(partner_id, "sms", 1, before_midnight)
    with pytest.raises(BudgetSpentError):
        spend("prt_1", "sms", 1, before_midnight)
    spend("prt_1", "sms", 1, before_midnight + timedelta(minutes=1))
    assert read_counts() == {
        ("prt_1", "sms", "2026-11-24"): 2,
        ("prt_2", "sms", "2026-11-24"): 1,
        ("prt_1", "sms", "2026-11-25"): 1,
    }


def test_a_transport_without_a_limit_is_not_counted(transports, limit):
    spend("prt_1", "email", 1, NOON)
    assert read_counts() == {}


@pytest.mark.django_db(transaction=True)
def test_processes_that_spend_at_once_stay_within_the_budget_together(limit):
    start, spent = threading.Barrier(6), []

    def spend_one() -> None:
        start.wait()
        try:
            spend("prt_1", "sms", 1, NOON)
            spent.append(True)
        except BudgetSpentError:
            spent.append(False)
        finally:
            connection.close()

    threads = [threading.Thread(target=spend_one) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(spent) == [False] * 4 + [True] * 2
    assert read_counts() == {("prt_1", "sms", "2026-11-24"): 2}
