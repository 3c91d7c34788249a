"""Retry schedule of webhooks."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications.webhooks.rules.schedule import (
    DELAYS,
    JITTER,
    MAX_ATTEMPTS,
    RETRY_AFTER_LIMIT,
    find_next_attempt,
    parse_retry_after,
)

NOW = datetime(2026, 11, 29, 12, tzinfo=UTC)
DRAWS = st.floats(0, 1)
WAITS = st.none() | st.timedeltas(timedelta(0), timedelta(days=400))


def test_the_schedule_has_ten_attempts_with_the_promised_delays():
    delays = [find_next_attempt(made, NOW, 0.5) - NOW for made in range(1, 10)]
    seconds = [delay.total_seconds() for delay in delays]
    assert seconds == [5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400]
    assert [find_next_attempt(made, NOW, 0.5) for made in (10, 11)] == [None, None]


@given(made=st.integers(1, MAX_ATTEMPTS - 1), draw=DRAWS)
def test_the_jitter_is_at_most_a_tenth_of_the_delay(made, draw):
    delay = (find_next_attempt(made, NOW, draw) - NOW).total_seconds()
    assert abs(delay / DELAYS[made].total_seconds() - 1) <= JITTER + 1e-6


def test_the_jitter_uses_its_whole_range():
    ends = [find_next_attempt(2, NOW, draw) - NOW for draw in (0, 1)]
    assert ends == [timedelta(seconds=270), timedelta(seconds=330)]


@given(made=st.integers(1, MAX_ATTEMPTS - 1), draw=DRAWS, wait=WAITS)
def test_a_wait_the_endpoint_asks_for_only_lengthens_the_delay_to_a_day(made, draw, wait):
    without = find_next_attempt(made, NOW, draw)
    asked = min(wait or timedelta(0), RETRY_AFTER_LIMIT)
    assert find_next_attempt(made, NOW, draw, wait) == max(without, NOW + asked)


@given(made=st.integers(MAX_ATTEMPTS, 99), draw=DRAWS, wait=WAITS)
def test_no_wait_prolongs_the_schedule(made, draw, wait):
    assert find_next_attempt(made, NOW, draw, wait) is None


@pytest.mark.parametrize(
    ("text", "wait"),
    [
        ("120", timedelta(minutes=2)),
        (" 0 ", timedelta(0)),
        ("86401", timedelta(days=1)),
        ("9" * 5000, timedelta(days=1)),
        (format_datetime(NOW + timedelta(hours=3), usegmt=True), timedelta(hours=3)),
        (format_datetime(NOW + timedelta(days=30), usegmt=True), timedelta(days=1)),
        (format_datetime(NOW - timedelta(hours=3), usegmt=True), timedelta(0)),
        ("Sun, 29 Nov 2026 13:00:00 -0000", timedelta(hours=1)),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("٣", None),
        ("Sun, 99 Nov 2026 13:00:00 GMT", None),
        ("", None),
        (None, None),
    ],
)
def test_seconds_and_dates_are_read_and_cut_to_a_day(text, wait):
    assert parse_retry_after(text, NOW) == wait


@given(st.text())
def test_no_text_of_an_endpoint_raises_or_asks_for_more_than_a_day(text):
    wait = parse_retry_after(text, NOW)
    assert wait is None or timedelta(0) <= wait <= RETRY_AFTER_LIMIT


@given(
    st.text() | st.from_regex(r"[A-Za-z]{3}, [0-9]{1,3} [A-Za-z]{3} [0-9]{1,6} [0-9:]{1,9} [-+A-Z0-9]{1,9}")
)
def test_whatever_an_endpoint_asks_for_it_is_a_wait_of_at_most_a_day_or_nothing(text):
    wait = parse_retry_after(text, NOW)
    assert wait is None or timedelta(0) <= wait <= RETRY_AFTER_LIMIT
