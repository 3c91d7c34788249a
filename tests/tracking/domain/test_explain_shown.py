"""Explanation of a shown window: its least width, what the calendar does not allow, since when it holds."""

from datetime import datetime, timedelta

import msgspec
import pytest

from tracking.domain.calendars import DeliveryCalendar
from tracking.domain.explain_shown import describe_shown_reasons
from tracking.domain.indian_time import INDIA
from tracking.domain.shown_basis import ShownBasis
from tracking.domain.shown_window import ShownWindow, say_at

# Wednesday 25 November 2026, a working day; the 1st of November is a holiday in Karnataka, and a Sunday.
NOW = datetime(2026, 11, 25, 10, tzinfo=INDIA)
BASIS = ShownBasis(confidence="low", remaining_min=300.0, age_min=45.0)
SHOWN = ShownWindow(
    from_=NOW + timedelta(hours=2),
    at=NOW + timedelta(hours=5),
    to=NOW + timedelta(hours=6),
    text_code="half_hours",
    shown_at=NOW,
    calendar=DeliveryCalendar(region="KA"),
    basis=BASIS,
)
WIDTH = ("least_width", "With low confidence it is at least 120 minutes wide (40% of the 300 minutes left).")
AGE = (
    "position_age",
    "Its place was known 45 minutes before: that adds 45 minutes to the least width.",
)
ROUNDING = ("rounding", "It is rounded outwards to half hours.")


def reasons(shown, as_of=NOW):
    return list(describe_shown_reasons(shown, as_of))


def moved(step, moment, calendar):
    basis = msgspec.structs.replace(BASIS, closed_step=step, closed_at=moment)
    return reasons(msgspec.structs.replace(SHOWN, calendar=calendar, basis=basis))[0]


def test_a_window_says_how_wide_it_must_be_and_how_it_was_rounded():
    assert reasons(SHOWN) == [WIDTH, AGE, ROUNDING]


@pytest.mark.parametrize(
    ("fields", "width", "age"),
    [
        (
            {"confidence": "high", "remaining_min": 20.0, "age_min": 0.0},
            "With high confidence it is at least 15 minutes wide.",
            "Its place is known, which adds nothing to the least width.",
        ),
        (
            {"confidence": "medium", "remaining_min": 400.0, "age_min": None},
            "With medium confidence it is at least 100 minutes wide (25% of the 400 minutes left).",
            "Its place was never known: that adds 120 minutes to the least width.",
        ),
        (
            {"confidence": "medium", "remaining_min": 60.0, "age_min": 500.0},
            "With medium confidence it is at least 30 minutes wide.",
            "Its place was known 500 minutes before: that adds 120 minutes to the least width.",
        ),
    ],
)
def test_confidence_remaining_time_and_age_of_the_position_each_have_their_figure(fields, width, age):
    shown = msgspec.structs.replace(SHOWN, basis=ShownBasis(**fields))
    assert reasons(shown)[:2] == [("least_width", width), ("position_age", age)]


@pytest.mark.parametrize(
    ("step", "moment", "calendar", "reason"),
    [
        (
            "arrival",
            (11, 25, 3, 55),
            {"region": "KA"},
            (
                "delivery_hours",
                "It would arrive on Wed 25 Nov at 03:55, outside the delivery hours 08:00 to 21:00.",
            ),
        ),
        (
            "arrival",
            (11, 1, 12, 0),
            {"region": "KA"},
            ("holiday", "It would arrive on Sun 1 Nov at 12:00, a holiday (Karnataka Rajyotsava)."),
        ),
        (
            "arrival",
            (8, 15, 12, 0),
            {"holidays_kept": "national"},
            ("holiday", "It would arrive on Sat 15 Aug at 12:00, a holiday (Independence Day)."),
        ),
        (
            "loading",
            (11, 22, 9, 0),
            {"days": "123456"},
            (
                "day_off",
                "The van would be loaded on Sun 22 Nov at 09:00, a weekday without deliveries.",
            ),
        ),
        (
            "loading",
            (11, 25, 14, 30),
            {"cut_off_min": 14 * 60},
            ("cut_off", "The van would be loaded on Wed 25 Nov at 14:30, after the cut-off at 14:00."),
        ),
        (
            "loading",
            (11, 25, 5, 0),
            {"hub_opens_min": 360, "hub_closes_min": 1200},
            (
                "hub_hours",
                "The van would be loaded on Wed 25 Nov at 05:00, outside the loading hours 06:00 to 20:00.",
            ),
        ),
    ],
)
def test_a_window_that_was_moved_says_what_the_calendar_did_not_allow(step, moment, calendar, reason):
    assert moved(step, datetime(2026, *moment, tzinfo=INDIA), DeliveryCalendar(**calendar)) == reason


def test_a_window_that_is_older_than_the_prediction_says_since_when_it_is_shown():
    held = reasons(SHOWN, NOW + timedelta(minutes=20))[-1]
    rule = "it changes once in 60 minutes, or if an end moves by over 30."
    assert held == ("held", f"It is shown since Wed 25 Nov at 10:00: {rule}")


def test_a_window_that_has_passed_says_when_it_ended_and_nothing_of_what_it_rested_on():
    assert reasons(say_at(SHOWN, NOW + timedelta(hours=7))) == [
        ("overdue", "The window before ended on Wed 25 Nov at 16:00 without an arrival."),
    ]
