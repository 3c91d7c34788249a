"""Time of the Indian clock, which has no summer time."""

from datetime import date, datetime, timedelta, timezone

INDIAN_OFFSET = timedelta(hours=5, minutes=30)
INDIA = timezone(INDIAN_OFFSET, "IST")
# Parts of the day by the hour at which they end, as Hindi and Tamil name them.
PARTS_OF_DAY = ((4, "night"), (12, "morning"), (16, "afternoon"), (20, "evening"), (24, "late"))


def date_in_india(moment: datetime) -> date:
    """Return the calendar day of a moment in India."""
    return moment.astimezone(INDIA).date()


def write_day(day: date) -> str:
    """Write a day in English as `Thu 26 Nov`."""
    return f"{day:%a} {day.day} {day:%b}"


def begin_of_day(moment: datetime) -> datetime:
    """Return the last midnight in India before a moment, or the moment itself."""
    return moment.astimezone(INDIA).replace(hour=0, minute=0, second=0, microsecond=0)


def find_part_of_day(moment: datetime) -> str:
    """Return the name of the part of the day in `PARTS_OF_DAY` that a moment lies in."""
    hour = moment.astimezone(INDIA).hour
    return next(name for end, name in PARTS_OF_DAY if hour < end)
