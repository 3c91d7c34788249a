"""Days on which the hub of a booking delivers, and the hours of its deliveries on such a day."""

from datetime import date, datetime, timedelta

from tracking.code_texts import say_status_code
from tracking.domain.calendars import DEFAULT_CALENDAR, DeliveryCalendar, to_moment
from tracking.domain.events import Window
from tracking.domain.indian_time import date_in_india, write_day
from tracking.domain.status import NO_DELIVERY_FOLLOWS
from tracking.models import Shipment
from tracking.services.operations.hubs import build_calendar
from tracking.services.requests.refusals import ConflictError

# Number of the first day that calendars count.
_FIRST_DAY = date(1970, 1, 1)
# Last day to which a delivery may be moved, from today.
MOVED_UP_TO = timedelta(days=30)
DAYS_OF_A_YEAR = 366


class NoDeliveryDayError(ConflictError):
    """Raised for a day on which nothing can be delivered to the recipient."""

    code = "no_delivery_day"


def find_calendar(booking: Shipment) -> DeliveryCalendar:
    """Return the calendar of the hub that delivers the booking, else the usual one."""
    return build_calendar(booking.destination_hub) if booking.destination_hub else DEFAULT_CALENDAR


def find_hours(booking: Shipment, day: date) -> Window:
    """Return the delivery hours of a day in India, aware UTC."""
    calendar, number = find_calendar(booking), (day - _FIRST_DAY).days
    return Window(from_=to_moment(calendar.opening(number)), to=to_moment(calendar.closing(number)))


def read_day_in_english(words: str, sent_at: datetime) -> tuple[date | None, str]:
    """Read `Thu 26 Nov. Ring twice`, sent at `sent_at`: the day in India, and the other words.

    The day is None if the words do not begin with one of the next 366 days.
    """
    first, _, rest = words.partition(". ")
    today = date_in_india(sent_at)
    for ahead in range(DAYS_OF_A_YEAR):
        if write_day(day := today + timedelta(days=ahead)) == first:
            return day, rest
    return None, words


def check_delivery_day(booking: Shipment, day: date, now: datetime) -> None:
    """Raise `NoDeliveryDayError`, in words, for a day on which this booking cannot be delivered.

    It is past, too far ahead, or without deliveries; or the journey has ended.
    """
    if booking.status in NO_DELIVERY_FOLLOWS:
        raise NoDeliveryDayError(f"No delivery follows any more: {say_status_code(booking.status).lower()}.")
    today = date_in_india(now)
    name = f"{write_day(day)} {day:%Y}"
    if not today < day <= today + MOVED_UP_TO:
        raise NoDeliveryDayError(f"{name} is not one of the next {MOVED_UP_TO.days} days.")
    if not find_calendar(booking).is_working_day((day - _FIRST_DAY).days):
        raise NoDeliveryDayError(f"Nothing is delivered on {name}.")
