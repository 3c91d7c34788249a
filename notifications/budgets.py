"""Budgets: how many messages of one transport a partner may cause a day, and all partners a month."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import F

from notifications.models import DailyCount
from tracking.domain.errors import PermanentError
from tracking.domain.indian_time import date_in_india


class BudgetSpentError(PermanentError):
    """Raised when the partner's budget of the day is used up."""


def find_limit(transport: str) -> int | None:
    """Return the messages a partner may cause a day by this transport; None for no limit."""
    limit: int | None = settings.TRANSPORTS.get(transport, {}).get("daily_limit")
    return limit


def find_monthly_limit(transport: str) -> int | None:
    """Return the messages that all partners together may cause in a month; None for no limit."""
    limit: int | None = settings.TRANSPORTS.get(transport, {}).get("monthly_limit")
    return limit


def spend(partner_id: str, transport: str, now: datetime) -> None:
    """Count one message. Raises `BudgetSpentError` once the limit of the day is reached.

    Condition and count are one statement, so concurrent processes never exceed the limit together. Within
    a transaction the count is undone with it. Nothing is counted for a transport without limits.
    """
    limit = find_limit(transport)
    if limit is None and find_monthly_limit(transport) is None:
        return
    today: dict[str, Any] = {"partner_id": partner_id, "transport": transport, "day": date_in_india(now)}
    DailyCount.objects.get_or_create(**today)
    rows = DailyCount.objects.filter(**today)
    if limit is not None:
        rows = rows.filter(messages__lt=limit)
    if not rows.update(messages=F("messages") + 1):
        raise BudgetSpentError(f"{partner_id} has used up its {limit} messages of the day by {transport}")
