"""Times of the customer pages are Indian days and hours, independent of the moment's time zone."""

from datetime import UTC, datetime, timedelta

import pytest

from tracking.pages.indian_time import (
    format_age,
    format_clock,
    format_day,
    format_day_within_a_week,
    format_moment,
    format_promise,
    format_span,
)

# Tuesday 24 November 2026, 11:50 pm in India: ten minutes before the day ends there.
LATE = datetime(2026, 11, 24, 18, 20, tzinfo=UTC)
QUARTER = timedelta(minutes=15)


def after(**span):
    return LATE + timedelta(**span)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (LATE, "11:50\u00a0pm"),
        (after(minutes=10), "12\u00a0am"),
        (after(hours=12, minutes=10), "12\u00a0pm"),
        (after(hours=10, minutes=15), "10:05\u00a0am"),
    ],
)
def test_hours_run_to_twelve_and_full_hours_have_no_minutes(moment, text):
    assert format_clock(moment) == text


@pytest.mark.parametrize(
    ("moment", "day", "within_a_week", "full"),
    [
        (after(hours=-26), "Mon 23 Nov", "Mon 23 Nov", "Yesterday, 9:50\u00a0pm"),
        (LATE, "today", "today", "Today, 11:50\u00a0pm"),
        (after(minutes=10), "tomorrow", "tomorrow", "Wed 25 Nov, 12\u00a0am"),
        (after(days=5), "Sun 29 Nov", "Sunday", "Sun 29 Nov, 11:50\u00a0pm"),
        (after(days=7), "Tue 1 Dec", "Tue 1 Dec", "Tue 1 Dec, 11:50\u00a0pm"),
    ],
)
def test_a_day_begins_at_midnight_in_india(moment, day, within_a_week, full):
    assert (
        format_day(moment, LATE),
        format_day_within_a_week(moment, LATE),
        format_moment(moment, LATE),
    ) == (day, within_a_week, full)


def test_a_span_over_two_days_contains_their_names():
    assert format_span(after(hours=-2), LATE) == "9:50\u00a0pm – 11:50\u00a0pm"
    assert format_span(LATE, after(hours=2)) == "Tue 11:50\u00a0pm – Wed 1:50\u00a0am"
    assert format_promise(after(hours=-2), LATE) == "Tue 24 Nov, 9:50\u00a0pm – 11:50\u00a0pm"
    assert format_promise(LATE, after(days=2)) == "Tue 24 Nov – Thu 26 Nov"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "just now"),
        (9, "just now"),
        (10, "10 s ago"),
        (59, "50 s ago"),
        (60, "1 min ago"),
        (3599, "59 min ago"),
        (3600, "1 h ago"),
        (86_399, "23 h ago"),
        (86_400, "1 day ago"),
        (172_800, "2 days ago"),
    ],
)
def test_an_age_is_counted_in_the_largest_unit_it_fills(seconds, text):
    assert format_age(LATE, after(seconds=seconds)) == text
