"""Usage of the API by partner, mode and day (UTC)."""

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Literal

import msgspec
from django.db import transaction
from django.db.models import Count, F
from django.db.models.functions import TruncDate

from tracking.counter_ports import RequestCounter
from tracking.domain.errors import TransientError
from tracking.models import Shipment, UsageDay
from tracking.ports import TrackingPorts
from tracking.services.requests.callers import Caller
from tracking.services.requests.queries import UsageQuery
from tracking.services.requests.refusals import Mistake, RequestRefusedError

Measure = Literal["requests", "events"]
MAX_DAYS = 92
DEFAULT_SPAN = timedelta(days=29)
FIRST_DAY = date(2020, 1, 1)


class DayOfUsage(msgspec.Struct):
    """Usage of a partner on one day (UTC). `sms_segments` are those handed to the provider."""

    day: str
    requests: int = 0
    events: int = 0
    shipments: int = 0
    sms_segments: int = 0


def name_count(partner_pk: int, day: date, measure: Measure, *, livemode: bool) -> str:
    """Return the name of a counter: partner, mode, day and measure."""
    return f"{partner_pk}|{int(livemode)}|{day.isoformat()}|{measure}"


def count_accepted_events(counter: RequestCounter | None, caller: Caller, accepted: int, today: date) -> None:
    """Count accepted events; do nothing when the counter cannot be reached."""
    if counter is None or not accepted:
        return
    try:
        counter.tally({name_count(caller.partner.pk, today, "events", livemode=caller.livemode): accepted})
    except TransientError:
        return


def store_request_counts(counter: RequestCounter | None) -> int:
    """Move the counts from the counter into the database; return how many there were.

    Does nothing when the counter cannot be reached. A crash between the two steps loses the counts of at most
    one minute.
    """
    try:
        counts = counter.take_tallies() if counter else {}
    except TransientError:
        return 0
    with transaction.atomic():
        for name, number in counts.items():
            _add(name, number)
    return len(counts)


def find_days(query: UsageQuery, today: date) -> tuple[date, date]:
    """Return the first and last day of a query. Raises `RequestRefusedError` for no day or over 92 days."""
    last = min(query.to or today, today)
    if last < FIRST_DAY:
        raise RequestRefusedError([Mistake("?to", "contradiction", "before there was any use")])
    first = query.from_ or last - DEFAULT_SPAN
    if not timedelta(0) <= last - first < timedelta(days=MAX_DAYS):
        raise RequestRefusedError(
            [Mistake("?from", "contradiction", f"ask for 1 to {MAX_DAYS} days, in order")]
        )
    return first, last


def read_usage(ports: TrackingPorts, caller: Caller, first: date, last: date) -> list[DayOfUsage]:
    """Return the usage of every day from `first` to `last`, both included."""
    store_request_counts(ports.counter)
    days = {
        first + timedelta(days=n): DayOfUsage((first + timedelta(days=n)).isoformat())
        for n in range((last - first).days + 1)
    }
    rows = UsageDay.objects.filter(
        partner=caller.partner, livemode=caller.livemode, day__gte=first, day__lte=last
    )
    for row in rows:
        days[row.day].requests, days[row.day].events = row.requests, row.events
    for day, count in _count_shipments(caller, first, last).items():
        days[day].shipments = count
    period = (caller.partner.partner_id, caller.livemode, first, last)
    for day, count in ports.sms_usage.count_segments(*period).items():
        days[day].sms_segments = count
    return list(days.values())


def _count_shipments(caller: Caller, first: date, last: date) -> dict[date, int]:
    since = datetime(first.year, first.month, first.day, tzinfo=UTC)
    until = datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1)
    booked = Shipment.objects.filter(
        partner=caller.partner, livemode=caller.livemode, created_at__gte=since, created_at__lt=until
    )
    counted = booked.annotate(day=TruncDate("created_at", tzinfo=UTC)).values("day").annotate(n=Count("pk"))
    counts: dict[date, int] = defaultdict(int)
    for row in counted.order_by("day"):
        counts[row["day"]] += row["n"]
    return counts


def _add(name: str, number: int) -> None:
    partner_pk, livemode, day, measure = name.split("|")
    row, _ = UsageDay.objects.get_or_create(
        partner_id=int(partner_pk), livemode=livemode == "1", day=date.fromisoformat(day)
    )
    UsageDay.objects.filter(pk=row.pk).update(**{measure: F(measure) + number})
