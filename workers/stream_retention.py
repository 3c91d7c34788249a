"""Retention of the stream: a day while records are read, a week when some have waited for two hours.

Kinesis applies a longer retention to records that are still there, so that they can be kept while a fault is
mended. A week costs more than the shards themselves, so it is not kept for good.
"""

import threading
from datetime import UTC, datetime, timedelta

import structlog
from cachetools import TTLCache, cached
from django.conf import settings

from tracking.lookup_ports import StreamProgress
from workers.ports import RecordStream

HOUR = timedelta(hours=1)
RAISED_AFTER = 2 * HOUR
# As for the incident about a stream that nobody reads.
READ_WITHIN = timedelta(minutes=1)
# Pages ask every three seconds, and AWS answers 20 such calls a second.
FRESH_FOR_S = 60.0

log = structlog.get_logger()


def usual_retention() -> timedelta:
    """Return how long the stream keeps records while all of them are read in time."""
    return timedelta(hours=settings.STREAM_RETENTION_HOURS)


def longest_retention() -> timedelta:
    """Return how long the stream keeps records once some have waited for too long."""
    return max(usual_retention(), timedelta(hours=settings.STREAM_RAISED_RETENTION_HOURS))


def raise_retention(stream: RecordStream, progress: StreamProgress | None, now: datetime) -> bool:
    """Raise the retention if a record may have waited for `RAISED_AFTER`; return whether it was raised.

    Shards that were never read count from the creation of the stream. Raises `TransientError`.
    """
    unread_for = now - (_find_read_until(progress) or _find_creation(stream))
    if unread_for < RAISED_AFTER or stream.read_retention() >= longest_retention():
        return False
    stream.set_retention(longest_retention())
    log.error(
        "stream retention raised",
        hours=longest_retention() // HOUR,
        unread_for_s=round(unread_for.total_seconds()),
    )
    return True


def lower_retention(stream: RecordStream, progress: StreamProgress | None, now: datetime) -> bool:
    """Set the usual retention again if every shard is read up to now; return whether it was lowered.

    Raises `TransientError`.
    """
    read_until = _find_read_until(progress)
    if read_until is None or now - read_until > READ_WITHIN or stream.read_retention() <= usual_retention():
        return False
    stream.set_retention(usual_retention())
    log.warning("stream retention lowered", hours=usual_retention() // HOUR)
    return True


@cached(TTLCache(maxsize=1, ttl=FRESH_FOR_S), lock=threading.Lock())
def find_raised_hours(stream: RecordStream) -> int | None:
    """Return the hours of the retention if it is longer than usual, else None; a minute old at most.

    Raises `TransientError`.
    """
    retention = stream.read_retention()
    return retention // HOUR if retention > usual_retention() else None


def _find_read_until(progress: StreamProgress | None) -> datetime | None:
    return None if progress is None else progress.read_until


def _find_creation(stream: RecordStream) -> datetime:
    """Return when the stream was created, which is before any of its records."""
    return datetime.fromtimestamp(int(stream.incarnation().rpartition("@")[2]), UTC)
