"""Reading and formatting of the time windows of the public answer."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from tracking.domain.arriving import AT_ITS_STOP
from tracking.domain.calendars import DAY_MIN, DeliveryCalendar, count_minutes, day_of, to_moment
from tracking.domain.indian_time import date_in_india
from tracking.domain.shown_window import (
    EVENING_MIN,
    NOON_MIN,
    ShownWindow,
    say_at,
    say_promised,
)
from tracking.domain.status import Status
from tracking.pages import indian_time
from tracking.pages.texts import render_text

# Windows that are put into words by clock times.
CLOCK_CODES = ("quarter_hours", "half_hours")
# To what the ends of such windows are rounded.
ROUNDED_TO = {"quarter_hours": timedelta(minutes=15), "half_hours": timedelta(minutes=30)}


def read_shown(answer: Mapping[str, Any], now: datetime) -> ShownWindow | None:
    """Read the window to show at `now` from an answer; None if it has no predicted arrival.

    None too while the van is at the door outside of delivery hours: the next hours would contradict it.
    """
    eta = answer["eta"]
    shown = eta and eta["shown"]
    if not shown or (shown["reason"] == "closed" and _is_at_door(answer)):
        return None
    expected_by = shown["expected_by"]
    window = ShownWindow(
        **{("from_" if end == "from" else end): read_moment(shown[end]) for end in ("from", "at", "to")},
        text_code=shown["text_code"],
        reason=shown["reason"],
        expected_by=expected_by and read_moment(expected_by),
        calendar=_read_calendar(shown["delivery_hours"]),
    )
    return say_at(window, now)


def read_shown_or_promised(answer: Mapping[str, Any], now: datetime) -> ShownWindow | None:
    """Read the window to show at `now`; without a predicted arrival the one that the promise leads to."""
    shown, promised = read_shown(answer, now), read_window(answer, "promised")
    if shown or not promised or _is_at_door(answer):
        return shown
    return say_promised(promised["to"], now, DeliveryCalendar())


def read_window(answer: Mapping[str, Any], name: str) -> dict[str, datetime] | None:
    """Read the window `promised` of an answer: keys `from` and `to`."""
    window = answer[name]
    return window and {end: read_moment(window[end]) for end in ("from", "to")}


def read_moment(text: str) -> datetime:
    """Parse a time of the answer (RFC 3339) to an aware datetime."""
    return datetime.fromisoformat(text)


def format_heading(shown: ShownWindow, now: datetime, code: str = "h1.arriving") -> str:
    """Format as `Arriving tomorrow`, or as `Arriving by Tuesday` for a window over days."""
    last_in_days = indian_time.days_between(now, shown.to)
    if shown.text_code == "by_day" and last_in_days > 0:
        return render_text(f"{code}.by", day=indian_time.format_day_within_a_week(shown.to, now))
    return render_text(code, day=format_first_day(shown, now))


def format_first_day(shown: ShownWindow, now: datetime) -> str:
    """Format the day of the window, as far as it is ahead: `today`, or `tonight` for one over midnight."""
    start = max(shown.from_, now)
    is_over_midnight = shown.text_code in CLOCK_CODES and date_in_india(now) < date_in_india(shown.to)
    if indian_time.says_today() and is_over_midnight and date_in_india(start) == date_in_india(now):
        return render_text("day.tonight")
    return indian_time.format_day(start, now)


def format_ends(shown: ShownWindow, now: datetime, by: str = "by.leading") -> str:
    """Format as `10 am - 1 pm` or `In the morning`; once the window has begun, the text `by` with its end.

    Empty for days on which parcels are delivered around the clock: the heading says all that is known.
    """
    is_by_clock = shown.text_code in CLOCK_CODES
    if shown.ends_with_day and (shown.text_code != "part_of_day" or shown.from_ <= now):
        return ""
    if shown.from_ <= now:
        is_today = is_by_clock or date_in_india(now) == date_in_india(shown.to)
        form = indian_time.format_clock if is_today else indian_time.format_weekday_and_clock
        return render_text(by, time=form(shown.to))
    if shown.text_code == "part_of_day":
        return render_text(f"part.{_name_part(shown)}")
    form_span = indian_time.format_clocks if is_by_clock else indian_time.format_span
    return form_span(shown.from_, shown.to)


def format_likely(shown: ShownWindow, now: datetime, likely: str) -> str:
    """Format the text `likely` with the likely time; empty once that is past, and for whole days."""
    if shown.text_code not in CLOCK_CODES or not max(now, shown.from_) < shown.at < shown.to:
        return ""
    return render_text(likely, time=indian_time.format_clock(shown.at))


def format_window(shown: ShownWindow, now: datetime) -> str:
    """Format as `10 am - 1 pm · most likely 11:15 am`, without parts that are past."""
    ends, likely = format_ends(shown, now), format_likely(shown, now, "likely")
    return render_text("join", one=ends, other=likely) if likely else ends


def format_reason(shown: ShownWindow, now: datetime) -> str:
    """Format why the window is not the predicted one; empty if it is."""
    if shown.reason == "closed":
        day = day_of(count_minutes(shown.to))
        hours = (shown.calendar.opening(day), shown.calendar.closing(day))
        start, end = (indian_time.format_clock(to_moment(minute)) for minute in hours)
        return render_text("line.closed", start=start, end=end)
    if shown.reason == "agreed":
        return render_text("line.agreed")
    if shown.expected_by is None:
        return ""
    is_today = date_in_india(shown.expected_by) == date_in_india(now)
    form = indian_time.format_clock if is_today else indian_time.format_date
    return render_text("line.overdue", time=form(shown.expected_by))


def format_promised(answer: Mapping[str, Any]) -> str:
    """Format the promised day and hours; empty without a promise."""
    promised = read_window(answer, "promised")
    return indian_time.format_promise(promised["from"], promised["to"]) if promised else ""


def is_promise_rounded_away(answer: Mapping[str, Any], now: datetime) -> bool:
    """Return whether the window ends after the promise only because its clock times are rounded.

    Beside it the promise would look broken.
    """
    shown, promised = read_shown(answer, now), read_window(answer, "promised")
    if shown is None or promised is None or shown.text_code not in ROUNDED_TO:
        return False
    return timedelta(0) < shown.to - promised["to"] < ROUNDED_TO[shown.text_code]


def format_next(shown: ShownWindow, now: datetime) -> str:
    """Format the window of a next attempt as `Tue 24 Nov, 10 am - 1 pm`, without hours that say nothing."""
    if shown.ends_with_day and date_in_india(shown.from_) == date_in_india(shown.to):
        return indian_time.format_date(shown.to)
    return format_ahead(shown.from_, shown.to, now)


def format_ahead(start: datetime, end: datetime, now: datetime) -> str:
    """Format as `Tue 24 Nov, 10 am - 1 pm`; once that has begun, as `Tue 24 Nov, by 1 pm`."""
    if now < start:
        return indian_time.format_promise(start, end)
    by = render_text("by", time=indian_time.format_clock(end))
    return render_text("span.day", day=indian_time.format_date(end), span=by)


def _is_at_door(answer: Mapping[str, Any]) -> bool:
    return answer["status"] == Status.OUT_FOR_DELIVERY and answer["substatus"] in AT_ITS_STOP


def _name_part(shown: ShownWindow) -> str:
    minute = count_minutes(shown.to) % DAY_MIN
    if minute <= NOON_MIN:
        return "morning"
    return "afternoon" if minute <= EVENING_MIN else "evening"


def _read_calendar(hours: Mapping[str, Any]) -> DeliveryCalendar:
    return DeliveryCalendar(
        opens_min=_read_clock(hours["from"]),
        closes_min=_read_clock(hours["to"]),
        days=hours["days"],
        region=hours["region"],
        holidays_kept=hours["holidays_kept"],
    )


def _read_clock(text: str) -> int:
    hour, _, minute = text.partition(":")
    return int(hour) * 60 + int(minute)
