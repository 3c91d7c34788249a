"""Deliveries that are due: opened once for each endpoint, and claimed by one process at a time."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Count, Min, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from notifications.webhooks.models import KEPT_FOR, WebhookDelivery, WebhookEndpoint
from notifications.webhooks.rules.fair_queue import IN_FLIGHT_LIMIT

# A claim without an outcome ends after this time: its process died. An attempt takes 15 s at most.
CLAIM_LASTS = timedelta(seconds=60)
# Endpoints that one call of `claim_due` looks at, those that have waited longest first.
ENDPOINTS_AT_ONCE = 200

WAITING = WebhookDelivery.Outcome.WAITING


class Webhook(NamedTuple):
    """Webhook to deliver: id, type and shipment, and the exact bytes of its body."""

    message_id: str
    type: str
    shipment_id: str
    body: bytes


def open_deliveries(webhooks: Iterable[tuple[WebhookEndpoint, Webhook]], now: datetime) -> None:
    """Store a delivery for each pair, due at once; none if the endpoint has this webhook already."""
    WebhookDelivery.objects.bulk_create(
        [
            WebhookDelivery(endpoint=endpoint, **webhook._asdict(), next_attempt_at=now, created_at=now)
            for endpoint, webhook in webhooks
        ],
        ignore_conflicts=True,
    )


def claim_due(now: datetime, limit: int, message_ids: Iterable[str] | None = None) -> list[WebhookDelivery]:
    """Claim up to `limit` deliveries that are due, for 60 s, and return them with their endpoints.

    No endpoint has more than four claimed deliveries. Endpoints take turns, and within one the oldest
    delivery comes first. `message_ids` restricts the call to these webhooks.
    """
    token = secrets.token_hex(16)
    due = _due(now) if message_ids is None else _due(now).filter(message_id__in=list(message_ids))
    with transaction.atomic():
        chosen = _choose(due, _lock_endpoints(due), now, limit)
        # Where the database locks no rows, this condition lets only one process have each of them.
        _due(now).filter(pk__in=chosen).update(claim=token, claimed_until=now + CLAIM_LASTS)
    claimed = WebhookDelivery.objects.filter(claim=token).select_related("endpoint")
    return list(claimed.order_by("next_attempt_at", "pk"))


def forget_old(now: datetime) -> int:
    """Delete deliveries older than 30 days with their attempts; return the number of deliveries."""
    old = WebhookDelivery.objects.filter(created_at__lt=now - KEPT_FOR)
    return old.delete()[1].get("webhooks.WebhookDelivery", 0)


def _due(now: datetime) -> QuerySet[WebhookDelivery]:
    unclaimed = Q(claimed_until__isnull=True) | Q(claimed_until__lte=now)
    return WebhookDelivery.objects.filter(
        unclaimed, outcome=WAITING, next_attempt_at__lte=now, endpoint__disabled_at__isnull=True
    )


def _lock_endpoints(due: QuerySet[WebhookDelivery]) -> list[int]:
    """Lock the endpoints that have waited longest, without those that another process has locked."""
    waiting = due.values("endpoint").annotate(since=Min("next_attempt_at")).order_by("since")
    oldest = [row["endpoint"] for row in waiting[:ENDPOINTS_AT_ONCE]]
    skips = connection.features.has_select_for_update_skip_locked
    locked = WebhookEndpoint.objects.select_for_update(skip_locked=skips).filter(pk__in=oldest)
    return list(locked.values_list("pk", flat=True))


def _choose(due: QuerySet[WebhookDelivery], endpoints: list[int], now: datetime, limit: int) -> list[int]:
    """Return the rows to claim, in turns of one row of each endpoint."""
    in_flight = WebhookDelivery.objects.filter(endpoint__in=endpoints, outcome=WAITING, claimed_until__gt=now)
    counted = in_flight.order_by().values_list("endpoint").annotate(Count("pk"))
    busy = dict(counted)
    turn = Window(RowNumber(), partition_by="endpoint", order_by=["next_attempt_at", "pk"])
    ranked = due.filter(endpoint__in=endpoints).annotate(turn=turn).filter(turn__lte=IN_FLIGHT_LIMIT)
    rows = ranked.order_by("turn", "next_attempt_at", "pk").values_list("pk", "endpoint", "turn")
    free = (pk for pk, endpoint, turn in rows if turn <= IN_FLIGHT_LIMIT - busy.get(endpoint, 0))
    return [pk for pk, _ in zip(free, range(limit), strict=False)]
