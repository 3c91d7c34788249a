"""Least width of a shown window, and the predicted step that a calendar does not allow."""

from datetime import datetime

import pytest

from tracking.domain.calendars import DeliveryCalendar, count_minutes, to_moment
from tracking.domain.indian_time import INDIA
from tracking.domain.shown_basis import find_closed_step, find_least_width

# Wednesday 25 November 2026, a working day.
MIDNIGHT = count_minutes(datetime(2026, 11, 25, tzinfo=INDIA))
TRAVEL = (30, 150, 420)


@pytest.mark.parametrize(
    ("confidence", "remaining", "age", "least"),
    [
        ("high", 0, 0, 15),
        ("high", 600, 0, 90),
        ("medium", 600, 0, 150),
        ("low", 600, 0, 240),
        ("low", 600, 45, 285),
        ("low", 600, 900, 360),
        ("low", 600, None, 360),
        ("low", 600, -5, 240),
    ],
)
def test_a_window_is_wider_the_less_is_known_the_farther_and_the_older_the_position(
    confidence, remaining, age, least
):
    assert find_least_width(confidence, remaining, age) == least


@pytest.mark.parametrize(
    ("arrivals", "calendar", "is_out", "expected"),
    [
        ((10, 12, 20), DeliveryCalendar(), False, (None, None)),
        ((3.9, 12, 20), DeliveryCalendar(), False, ("arrival", 3.9)),
        ((10, 12, 22.5), DeliveryCalendar(), True, ("arrival", 22.5)),
        ((10, 13, 18), DeliveryCalendar(cut_off_min=540), False, ("loading", 9.5)),
        ((10, 13, 18), DeliveryCalendar(cut_off_min=540), True, (None, None)),
        ((10, 13, 18), DeliveryCalendar(days="12"), True, ("arrival", 10)),
    ],
)
def test_the_first_step_that_the_calendar_does_not_allow_is_found(arrivals, calendar, is_out, expected):
    minutes = [MIDNIGHT + hour * 60 for hour in arrivals]
    step, hour = expected
    at = None if hour is None else to_moment(MIDNIGHT + hour * 60)
    assert find_closed_step(minutes, TRAVEL, calendar, is_out=is_out) == (step, at)
