"""Days on which a customer may ask for the delivery: working days of the hub that delivers."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from tracking.domain.calendars import DAY_MIN, DEFAULT_CALENDAR, count_minutes, day_of, to_moment
from tracking.domain.indian_time import date_in_india
from tracking.models import Shipment
from tracking.pages import indian_time
from tracking.pages.windows import read_shown
from tracking.services.operations.hubs import build_calendar

OFFERED = 6
DAYS_OF_A_YEAR = 366


class OfferedDay(NamedTuple):
    """Day as the form sends it (`2026-11-26`), and as people read it (`Thu 26 Nov`)."""

    iso: str
    text: str


def list_delivery_days(booking: Shipment, answer: Mapping[str, Any], now: datetime) -> list[OfferedDay]:
    """List the next six working days from tomorrow on, without the day on which it is expected anyway."""
    hub = booking.destination_hub
    calendar = build_calendar(hub) if hub else DEFAULT_CALENDAR
    expected = _find_expected_day(answer, now)
    days: list[int] = []
    day = day_of(count_minutes(now))
    while len(days) < OFFERED:
        day = calendar.next_working_day(day + 1)
        if day != expected:
            days.append(day)
    moments = [to_moment(day * DAY_MIN) for day in days]
    return [OfferedDay(date_in_india(each).isoformat(), indian_time.format_date(each)) for each in moments]


def format_day_in_english(iso: str) -> str:
    """Format an offered day for staff, as `Thu 26 Nov`."""
    day = date.fromisoformat(iso)
    return f"{day:%a} {day.day} {day:%b}"


def read_day_in_english(words: str, sent_at: datetime) -> tuple[str, str]:
    """Read `Thu 26 Nov. Ring twice`, sent at `sent_at`: the day in the page's language, and the other words.

    The day is empty if the words do not begin with one of the next 366 days.
    """
    first, _, rest = words.partition(". ")
    for ahead in range(DAYS_OF_A_YEAR):
        day = sent_at + timedelta(days=ahead)
        if format_day_in_english(date_in_india(day).isoformat()) == first:
            return indian_time.format_date(day), rest
    return "", words


def _find_expected_day(answer: Mapping[str, Any], now: datetime) -> int | None:
    """Return the number of the day of the shown window; None without one, or if it covers several days."""
    shown = read_shown(answer, now)
    if shown is None:
        return None
    first, last = (day_of(count_minutes(end)) for end in (shown.from_, shown.to))
    return first if first == last else None
