"""Days on which a customer may ask for the delivery: working days of the hub that delivers."""

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any, NamedTuple

from tracking.domain.calendars import DAY_MIN, count_minutes, day_of, to_moment
from tracking.domain.indian_time import INDIA, date_in_india
from tracking.models import Shipment
from tracking.pages import indian_time
from tracking.pages.windows import read_shown
from tracking.services.operations.delivery_days import find_calendar

OFFERED = 6


class OfferedDay(NamedTuple):
    """Day as the form sends it (`2026-11-26`), and as people read it (`Thu 26 Nov`)."""

    iso: str
    text: str


def list_delivery_days(booking: Shipment, answer: Mapping[str, Any], now: datetime) -> list[OfferedDay]:
    """List the next six working days from tomorrow on, without the day on which it is expected anyway."""
    calendar = find_calendar(booking)
    expected = _find_expected_day(answer, now)
    days: list[int] = []
    day = day_of(count_minutes(now))
    while len(days) < OFFERED:
        day = calendar.next_working_day(day + 1)
        if day != expected:
            days.append(day)
    moments = [to_moment(day * DAY_MIN) for day in days]
    return [OfferedDay(date_in_india(each).isoformat(), indian_time.format_date(each)) for each in moments]


def format_delivery_day(day: date) -> str:
    """Format a day in India in the page's language, as `Thu 26 Nov`."""
    return indian_time.format_date(datetime.combine(day, time.min, INDIA))


def _find_expected_day(answer: Mapping[str, Any], now: datetime) -> int | None:
    """Return the number of the day of the shown window; None without one, or if it covers several days."""
    shown = read_shown(answer, now)
    if shown is None:
        return None
    first, last = (day_of(count_minutes(end)) for end in (shown.from_, shown.to))
    return first if first == last else None
