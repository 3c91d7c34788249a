"""Entry of the arrival window for the recipient's calendar (iCalendar, RFC 5545)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from icalendar import Calendar, Event

from tracking.pages.texts import render_text
from tracking.pages.windows import read_shown, read_window

# Statuses in which the promise is what the page shows until a window is predicted.
WITH_WINDOW = ("created", "picked_up", "in_transit", "out_for_delivery")


def has_window(answer: Mapping[str, Any], now: datetime) -> bool:
    """Return whether a window is known that has not passed."""
    return _find_window(answer, now) is not None


def write_calendar(answer: Mapping[str, Any], link: str, now: datetime) -> bytes | None:
    """Return a calendar with the window as its only event; None without a window.

    `link` is the address of the customer's page. The event has the same id each time, so that a calendar
    replaces the older one.
    """
    window = _find_window(answer, now)
    if window is None:
        return None
    number = answer["shipment_id"]
    event = Event()
    event.add("uid", f"{number}@swiftlogix")
    event.add("dtstamp", now)
    event.add("sequence", answer["state_version"])
    event.add("dtstart", window[0])
    event.add("dtend", window[1])
    event.add("summary", render_text("calendar.title", number=number))
    event.add("url", link)
    event.add("description", link)
    event.add("transp", "TRANSPARENT")
    calendar = Calendar()
    calendar.add("prodid", "-//SwiftLogix//Tracking//EN")
    calendar.add("version", "2.0")
    calendar.add_component(event)
    return bytes(calendar.to_ical())


def _find_window(answer: Mapping[str, Any], now: datetime) -> tuple[datetime, datetime] | None:
    """Return what is left of the shown window, else of the promised one; None once nothing will arrive."""
    shown = read_shown(answer, now)
    if shown is not None:
        return max(shown.from_, now), shown.to
    promised = read_window(answer, "promised")
    if promised is None or promised["to"] < now or answer["status"] not in WITH_WINDOW:
        return None
    return max(promised["from"], now), promised["to"]
