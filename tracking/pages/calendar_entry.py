"""Entry of the arrival window for the recipient's calendar (iCalendar, RFC 5545)."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from icalendar import Calendar, Event

from tracking.domain.calendars import DAY_MIN, LAST_MIN, count_minutes
from tracking.domain.indian_time import date_in_india
from tracking.pages.texts import render_text
from tracking.pages.windows import read_shown, read_window

# Statuses in which the promise is what the page shows until a window is predicted.
WITH_WINDOW = ("created", "picked_up", "in_transit", "out_for_delivery")
# Windows over whole days, where the delivery hours are around the clock.
WHOLE_DAY_CODES = ("day", "by_day")


class Span(NamedTuple):
    """Begin and end of a calendar's event: moments, or days."""

    start: date
    end: date


def has_window(answer: Mapping[str, Any], now: datetime) -> bool:
    """Return whether a window is known that has not passed."""
    return _find_window(answer, now) is not None


def write_calendar(answer: Mapping[str, Any], link: str, sender: str, now: datetime) -> bytes | None:
    """Return a calendar with the window as its only event; None without a window.

    `link` is the address of the customer's page; `sender` is empty if unknown. The event has the same id each
    time, so that a calendar replaces the older one. Whole days of deliveries around the clock are an event of
    whole days.
    """
    window = _find_window(answer, now)
    if window is None:
        return None
    number = answer["shipment_id"]
    title = ("calendar.title.from", {"name": sender}) if sender else ("calendar.title", {"number": number})
    event = Event()
    event.add("uid", f"{number}@swiftlogix")
    event.add("dtstamp", now)
    event.add("sequence", answer["state_version"])
    event.add("dtstart", window.start)
    event.add("dtend", window.end)
    event.add("summary", render_text(title[0], **title[1]))
    event.add("url", link)
    event.add("description", f"{number}\n{link}")
    event.add("transp", "TRANSPARENT")
    calendar = Calendar()
    calendar.add("prodid", "-//SwiftLogix//Tracking//EN")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _find_window(answer: Mapping[str, Any], now: datetime) -> Span | None:
    """Return what is left of the shown window, else of the promised one; None once nothing will arrive."""
    shown = read_shown(answer, now)
    if shown is not None:
        start, is_whole = max(shown.from_, now), shown.ends_with_day and shown.text_code in WHOLE_DAY_CODES
        return _span_days(start, shown.to) if is_whole else Span(start, shown.to)
    promised = read_window(answer, "promised")
    if promised is None or promised["to"] < now or answer["status"] not in WITH_WINDOW:
        return None
    first, last = (count_minutes(promised[end]) % DAY_MIN for end in ("from", "to"))
    start = max(promised["from"], now)
    is_whole = (first, last) == (0, LAST_MIN)
    return _span_days(start, promised["to"]) if is_whole else Span(start, promised["to"])


def _span_days(start: datetime, end: datetime) -> Span:
    """Return the days of a window; a calendar counts the last day only up to its begin."""
    return Span(date_in_india(start), date_in_india(end) + timedelta(days=1))
