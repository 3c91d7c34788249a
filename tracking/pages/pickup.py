"""Pickup of a parcel at a hub: address, hours, last day, and the way there."""

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Any, NamedTuple

from tracking.domain.calendars import to_moment
from tracking.domain.status import Status
from tracking.models import Hub, Shipment
from tracking.pages import indian_time
from tracking.pages.texts import render_text
from tracking.pages.windows import read_moment

# Opens the map program of the phone, or a map in the browser, with the way from where the reader is.
DIRECTIONS = "https://www.google.com/maps/dir/?api=1&destination={lat},{lon}"
EVERY_DAY = "1234567"


class Pickup(NamedTuple):
    """Texts of a pickup, and the link to the way there; an empty one is not shown."""

    name: str
    address: str
    hours: str
    until: str
    directions: str


def describe_pickup(booking: Shipment, answer: Mapping[str, Any]) -> Pickup | None:
    """Build the texts of a parcel that waits at its destination hub; None for any other parcel."""
    hub = booking.destination_hub
    if answer["status"] != Status.AVAILABLE_FOR_PICKUP or hub is None or not _waits_at(hub, answer):
        return None
    return Pickup(
        name=hub.name,
        address=", ".join(part for part in (hub.address, f"{hub.town} {hub.pin_code}") if part),
        hours=_format_hours(hub),
        until=_format_last_day(hub, answer),
        directions=DIRECTIONS.format(lat=hub.lat, lon=hub.lon),
    )


def _waits_at(hub: Hub, answer: Mapping[str, Any]) -> bool:
    """Return whether the newest place that is known is this hub."""
    place = next((event["place"] for event in answer["events"] if event["place"]), hub.name)
    return bool(place == hub.name)


def _format_hours(hub: Hub) -> str:
    """Format as `9 am to 8 pm, Mon to Sat`."""
    opens, closes = hub.opens_at or hub.delivers_from, hub.closes_at or hub.delivers_until
    ends = {"start": _format_clock(opens), "end": _format_clock(closes)}
    if set(hub.working_days) == set(EVERY_DAY):
        return render_text("pickup.hours.daily", **ends)
    return render_text("pickup.hours.text", **ends, days=format_days(hub.working_days))


def format_days(digits: str) -> str:
    """Format `123456` as `Mon to Sat`, `67` as `Sat and Sun`, `135` as `Mon, Wed, Fri`."""
    names, numbers = render_text("weekdays").split(), sorted(int(digit) for digit in digits)
    first, last = names[numbers[0] - 1], names[numbers[-1] - 1]
    is_span = numbers[-1] - numbers[0] == len(numbers) - 1
    if is_span and len(numbers) > 2:
        return render_text("days.span", first=first, last=last)
    if len(numbers) == 2:
        return render_text("days.two", first=first, last=last)
    return ", ".join(names[number - 1] for number in numbers)


def _format_last_day(hub: Hub, answer: Mapping[str, Any]) -> str:
    """Format the last day, counted from the arrival and not from a scan that repeats the status."""
    arrived_at = answer["status_at"]
    if arrived_at is None:
        return ""
    return indian_time.format_date(read_moment(arrived_at) + timedelta(days=hub.pickup_days))


def _format_clock(clock: time) -> str:
    # Any day will do: India has no summer time.
    return indian_time.format_clock(to_moment(clock.hour * 60 + clock.minute))
