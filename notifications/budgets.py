"""Budgets: how many segments of one transport a partner may cause a day, and all partners a month.

A provider charges by the segment, so budgets count segments. A transport that has none counts each message as
one.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import F, Sum

from notifications.domain import Cost, PlannedNotification
from notifications.models import DailyCount
from notifications.wording import CODE_LENGTH, render_message
from tracking.domain.errors import PermanentError
from tracking.domain.indian_time import date_in_india
from tracking.translation import find_language


class BudgetSpentError(PermanentError):
    """Raised when the partner's budget of the day is used up."""


def find_limit(transport: str) -> int | None:
    """Return the segments a partner may cause a day by this transport; None for no limit."""
    limit: int | None = settings.TRANSPORTS.get(transport, {}).get("daily_limit")
    return limit


def find_monthly_limit(transport: str) -> int | None:
    """Return the segments that all partners together may cause in a month; None for no limit."""
    limit: int | None = settings.TRANSPORTS.get(transport, {}).get("monthly_limit")
    return limit


def count_segments(planned: PlannedNotification, link: str, now: datetime) -> int:
    """Return the segments of a message with `link` to the shipment's page at `now`, before it is claimed.

    The code of a message is not known yet; all codes have one length and the same alphabet.
    """
    limit = planned.transport.limit
    if limit is None or not _is_counted(planned.transport.name):
        return 1
    language = find_language(planned.recipient.language)
    return limit.measure(render_message(planned, link, language, "0" * CODE_LENGTH, now).body).segments


def read_cost(planned: PlannedNotification, link: str, now: datetime) -> Cost:
    """Return what a message would cost, and what of the limit of its month is used."""
    transport, segments = planned.transport.name, count_segments(planned, link, now)
    limit = find_monthly_limit(transport)
    if limit is None:
        return Cost(segments)
    month = DailyCount.objects.filter(transport=transport, day__gte=date_in_india(now).replace(day=1))
    used = month.aggregate(Sum("segments"))["segments__sum"] or 0
    return Cost(segments, used, limit)


def spend(partner_id: str, transport: str, segments: int, now: datetime) -> None:
    """Count the segments of one message. Raises `BudgetSpentError` if they exceed the limit of the day.

    Condition and count are one statement, so concurrent processes never exceed the limit together. Within
    a transaction the count is undone with it. Nothing is counted for a transport without limits.
    """
    if not _is_counted(transport):
        return
    limit = find_limit(transport)
    today: dict[str, Any] = {"partner_id": partner_id, "transport": transport, "day": date_in_india(now)}
    DailyCount.objects.get_or_create(**today)
    rows = DailyCount.objects.filter(**today)
    if limit is not None:
        rows = rows.filter(segments__lte=limit - segments)
    if not rows.update(segments=F("segments") + segments):
        raise BudgetSpentError(f"{partner_id} has used up its {limit} segments of the day by {transport}")


def _is_counted(transport: str) -> bool:
    return find_limit(transport) is not None or find_monthly_limit(transport) is not None
