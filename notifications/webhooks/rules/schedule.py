"""Retry schedule of webhook deliveries: when the next attempt is due, and when there is none."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

# Delay of each attempt after the one before it; the first attempt is made at once.
DELAYS = (
    timedelta(0),
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
MAX_ATTEMPTS = len(DELAYS)
# Each delay is changed by up to this share, so that the retries of an outage do not come all at once.
JITTER = 0.1
# A longer wait that an endpoint asks for is cut to this.
RETRY_AFTER_LIMIT = timedelta(hours=24)
# Digits of a number of seconds that is read; more of them are above the limit anyway.
MAX_DIGITS = 12


def find_next_attempt(
    attempts: int, ended_at: datetime, draw: float, retry_after: timedelta | None = None
) -> datetime | None:
    """Return when to try again after a failed attempt; None if the schedule has ended.

    `attempts` is the number of attempts made (1 or more), `ended_at` the aware end of the last one. `draw` is
    a random number from 0 to 1 that decides the jitter. `retry_after` is the wait the endpoint asked for: it
    can only lengthen the delay, to at most 24 hours.
    """
    if attempts >= MAX_ATTEMPTS:
        return None
    delay = DELAYS[attempts] * (1 + JITTER * (2 * draw - 1))
    asked = min(retry_after or timedelta(0), RETRY_AFTER_LIMIT)
    return ended_at + max(delay, asked)


def parse_retry_after(text: str | None, now: datetime) -> timedelta | None:
    """Return the wait that a `Retry-After` header asks for, at most 24 hours; None if it has no meaning.

    The header holds seconds or a date of HTTP; a date in the past means no wait. `now` is aware.
    """
    text = (text or "").strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:MAX_DIGITS])), RETRY_AFTER_LIMIT)
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    date = date if date.tzinfo else date.replace(tzinfo=UTC)
    return min(max(date - now, timedelta(0)), RETRY_AFTER_LIMIT)
