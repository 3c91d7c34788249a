"""Time of the Indian clock, which has no summer time."""

from datetime import date, datetime, timedelta, timezone

INDIAN_OFFSET = timedelta(hours=5, minutes=30)
INDIA = timezone(INDIAN_OFFSET, "IST")


def date_in_india(moment: datetime) -> date:
    """Return the calendar day of a moment in India."""
    return moment.astimezone(INDIA).date()
