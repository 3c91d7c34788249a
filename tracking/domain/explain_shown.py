"""Explanation of a shown window in words: why it is as wide as it is, and why it lies where it does."""

from collections.abc import Iterator
from datetime import datetime

from tracking.domain.calendars import (
    DAY_MIN,
    DeliveryCalendar,
    count_minutes,
    day_of,
    find_holiday_name,
    is_day_of_week,
)
from tracking.domain.indian_time import INDIA, date_in_india, write_day
from tracking.domain.shown_basis import LEAST_WIDTH, ShownBasis, find_age_width, find_confidence_width
from tracking.domain.shown_window import HELD_FOR, MOVES_AT_ONCE, ShownWindow, TextCode

_ROUNDED: dict[TextCode, str] = {
    "quarter_hours": "outwards to quarters of an hour",
    "half_hours": "outwards to half hours",
    "part_of_day": "to a part of the day",
    "day": "to the delivery hours of the day",
    "by_day": "to the end of the delivery hours of its last day",
}


def describe_shown_reasons(shown: ShownWindow, as_of: datetime | None) -> Iterator[tuple[str, str]]:
    """Yield (code, sentence) for each reason of a shown window; `as_of` is the time of the prediction."""
    if shown.expected_by is not None:
        yield (
            "overdue",
            f"The window before ended on {_say_time(shown.expected_by)} without an arrival.",
        )
    if shown.reason == "agreed":
        yield "agreed", f"The delivery was moved to {write_day(date_in_india(shown.from_))}."
    basis = shown.basis
    if basis is None:
        return
    if basis.closed_step is not None and basis.closed_at is not None:
        yield _describe_closed(basis.closed_step == "loading", basis.closed_at, shown.calendar)
    yield "least_width", _describe_least_width(basis)
    yield "position_age", _describe_age(basis.age_min)
    yield "rounding", f"It is rounded {_ROUNDED[shown.text_code]}."
    if shown.shown_at is not None and as_of is not None and shown.shown_at < as_of:
        yield "held", _describe_held(shown.shown_at)


def _describe_least_width(basis: ShownBasis) -> str:
    fixed, share = LEAST_WIDTH[basis.confidence]
    least = find_confidence_width(basis.confidence, basis.remaining_min)
    of_rest = f" ({share:.0%} of the {basis.remaining_min:.0f} minutes left)" if least > fixed else ""
    return f"With {basis.confidence} confidence it is at least {least:.0f} minutes wide{of_rest}."


def _describe_age(age_min: float | None) -> str:
    if age_min is None:
        return f"Its place was never known: that adds {find_age_width(None):.0f} minutes to the least width."
    if not age_min:
        return "Its place is known, which adds nothing to the least width."
    added = f"that adds {find_age_width(age_min):.0f} minutes to the least width"
    return f"Its place was known {age_min:.0f} minutes before: {added}."


def _describe_held(shown_at: datetime) -> str:
    every, at_once = (round(span.total_seconds() / 60) for span in (HELD_FOR, MOVES_AT_ONCE))
    return (
        f"It is shown since {_say_time(shown_at)}: it changes once in {every} minutes, "
        f"or if an end moves by over {at_once}."
    )


def _describe_closed(is_loading: bool, at: datetime, calendar: DeliveryCalendar) -> tuple[str, str]:
    """Return (code, sentence) of a step that the calendar does not allow at this time."""
    day, minute = day_of(count_minutes(at)), count_minutes(at) % DAY_MIN
    step = "The van would be loaded" if is_loading else "It would arrive"
    when = f"{step} on {_say_time(at)}"
    if not calendar.is_working_day(day):
        if not is_day_of_week(day, calendar.days):
            return "day_off", f"{when}, a weekday without deliveries."
        name = find_holiday_name(calendar, day)
        return "holiday", f"{when}, a holiday{f' ({name})' if name else ''}."
    if not is_loading:
        hours = _say_hours(calendar.opens_min, calendar.closes_min)
        return "delivery_hours", f"{when}, outside the delivery hours {hours}."
    if calendar.cut_off_min is not None and minute > calendar.cut_off_min:
        return "cut_off", f"{when}, after the cut-off at {_say_clock(calendar.cut_off_min)}."
    hours = _say_hours(calendar.first_loading_min, calendar.last_loading_min)
    return "hub_hours", f"{when}, outside the loading hours {hours}."


def _say_time(moment: datetime) -> str:
    return f"{write_day(date_in_india(moment))} at {moment.astimezone(INDIA):%H:%M}"


def _say_hours(start: int, end: int) -> str:
    return f"{_say_clock(start)} to {_say_clock(end)}"


def _say_clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
