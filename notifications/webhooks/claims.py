"""Deliveries that are due: opened once for each endpoint, and claimed by one process at a time."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import Case, Count, Min, Q, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber

from notifications.webhooks.models import KEPT_FOR, WebhookDelivery, WebhookEndpoint
from notifications.webhooks.rules.fair_queue import IN_FLIGHT_LIMIT
from notifications.webhooks.rules.filters import TEST
from notifications.webhooks.rules.places import Places, find_limit

# A claim without an outcome ends after this time: its process died. An attempt takes 18 s at most.
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


def claim_due(
    now: datetime, limit: int, message_ids: Iterable[str] | None = None, slow: Places | None = None
) -> list[WebhookDelivery]:
    """Claim up to `limit` deliveries that are due, for 60 s, and return them with their endpoints.

    No endpoint has more than four claimed deliveries, and one that fails has one. Endpoints take turns, and
    within one a test comes first, then the oldest delivery. `message_ids` restricts the call to these
    webhooks. `slow` names slow endpoints; they get its slow places instead of a part of the limit.
    """
    places = (slow or Places(0))._replace(prompt=limit)
    due = _leave_out(
        _due(now) if message_ids is None else _due(now).filter(message_id__in=message_ids), places
    )
    waiting = _find_waiting(due, now)
    if not waiting:
        return []
    token = secrets.token_hex(16)
    with transaction.atomic():
        chosen = _choose(due, _lock_endpoints(waiting), now, places)
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


def _leave_out(due: QuerySet[WebhookDelivery], places: Places) -> QuerySet[WebhookDelivery]:
    """Return the due deliveries without those of endpoints whose places are all taken."""
    if not places.slow:
        return due.exclude(endpoint__endpoint_id__in=places.slow_endpoints)
    return due if places.prompt else due.filter(endpoint__endpoint_id__in=places.slow_endpoints)


def _find_waiting(due: QuerySet[WebhookDelivery], now: datetime) -> list[int]:
    """Return the endpoints that have waited longest and may have more in flight."""
    in_flight = _in_flight(now).values_list("endpoint_id", "endpoint__failing_since").annotate(Count("pk"))
    full = [
        endpoint
        for endpoint, failing_since, number in in_flight
        if number >= find_limit(is_failing=failing_since is not None)
    ]
    waiting = due.exclude(endpoint__in=full).values("endpoint_id").annotate(since=Min("next_attempt_at"))
    return [row["endpoint_id"] for row in waiting.order_by("since")[:ENDPOINTS_AT_ONCE]]


def _in_flight(now: datetime) -> QuerySet[WebhookDelivery]:
    return WebhookDelivery.objects.filter(outcome=WAITING, claimed_until__gt=now).order_by()


def _lock_endpoints(waiting: list[int]) -> list[WebhookEndpoint]:
    """Lock these endpoints, without those that another process has locked."""
    skips = connection.features.has_select_for_update_skip_locked
    locked = WebhookEndpoint.objects.select_for_update(skip_locked=skips).filter(pk__in=waiting)
    return list(locked.only("pk", "endpoint_id", "failing_since"))


def _choose(
    due: QuerySet[WebhookDelivery], endpoints: list[WebhookEndpoint], now: datetime, places: Places
) -> list[int]:
    """Return the rows to claim, in turns of one row of each endpoint."""
    in_flight = _in_flight(now).filter(endpoint__in=endpoints)
    busy = dict(in_flight.values_list("endpoint").annotate(Count("pk")))
    limits = {
        one.pk: find_limit(is_failing=one.failing_since is not None) - busy.get(one.pk, 0)
        for one in endpoints
    }
    slow = {one.pk for one in endpoints if one.endpoint_id in places.slow_endpoints}
    # A person waits for the answer to a test; it shows also why the others fail.
    tests_first = Case(When(type=TEST, then=Value(0)), default=Value(1))
    order: list[Case | str] = [tests_first, "next_attempt_at", "pk"]
    turn = Window(RowNumber(), partition_by="endpoint", order_by=order)
    ranked = due.filter(endpoint__in=endpoints).annotate(turn=turn).filter(turn__lte=IN_FLIGHT_LIMIT)
    rows = ranked.order_by("turn", "next_attempt_at", "pk").values_list("pk", "endpoint_id", "turn")
    free = [(pk, endpoint) for pk, endpoint, turn in rows if turn <= limits[endpoint]]
    prompt = [pk for pk, endpoint in free if endpoint not in slow]
    return prompt[: places.prompt] + [pk for pk, endpoint in free if endpoint in slow][: places.slow]
