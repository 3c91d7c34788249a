"""Verdicts of webhook attempts."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.webhooks.rules.verdicts import Answer, Fault, Verdict, has_failed_too_long, judge

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)


@given(st.integers(0, 999))
def test_only_a_status_of_200_to_299_is_delivered_and_only_410_is_gone(status):
    expected = Verdict.RETRY
    if 200 <= status <= 299:
        expected = Verdict.DELIVERED
    if status == 410:
        expected = Verdict.GONE
    assert judge(Answer(status)) == expected


@pytest.mark.parametrize("fault", Fault)
@pytest.mark.parametrize("status", [0, 200, 410])
def test_an_attempt_with_a_fault_is_always_repeated(fault, status):
    assert judge(Answer(status, fault=fault)) == Verdict.RETRY


@pytest.mark.parametrize(
    ("failing_for", "disabled"),
    [
        (None, False),
        (timedelta(0), False),
        (timedelta(days=5) - timedelta(microseconds=1), False),
        (timedelta(days=5), True),
        (timedelta(days=50), True),
    ],
)
def test_an_endpoint_is_disabled_after_five_days_of_failures_alone(failing_for, disabled):
    since = None if failing_for is None else NOW - failing_for
    assert has_failed_too_long(since, NOW) is disabled
