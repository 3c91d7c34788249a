"""Deliveries in the hands of their partner: listed, read with their attempts, and sent again."""

from datetime import datetime

from django.db.models import F, Q, QuerySet

from notifications.webhooks.endpoints import EndpointDisabledError
from notifications.webhooks.models import WebhookDelivery
from notifications.webhooks.requests import DeliveryQuery
from tracking.services.requests.callers import Caller
from tracking.services.requests.refusals import UnknownError

# The public id of a delivery is this prefix and its row id.
ID_PREFIX = "whd_"
ID_DIGITS = 18
Outcome = WebhookDelivery.Outcome


def own_deliveries(caller: Caller) -> QuerySet[WebhookDelivery]:
    """Return the deliveries to the caller's endpoints, in the mode of its key."""
    rows = WebhookDelivery.objects.select_related("endpoint")
    return rows.filter(endpoint__partner=caller.partner, endpoint__livemode=caller.livemode)


def read_number(delivery_id: str) -> int | None:
    """Return the row id in the public id of a delivery; None for text that is none."""
    number = delivery_id.removeprefix(ID_PREFIX)
    is_id = number != delivery_id and number.isascii() and number.isdigit() and len(number) <= ID_DIGITS
    return int(number) if is_id else None


def find_delivery(caller: Caller, delivery_id: str) -> WebhookDelivery:
    """Return the caller's delivery. Raises `UnknownError`, also for another partner's."""
    number = read_number(delivery_id)
    delivery = own_deliveries(caller).filter(pk=number).first() if number is not None else None
    if delivery is None:
        raise UnknownError
    return delivery


def list_deliveries(caller: Caller, query: DeliveryQuery, after: int | None) -> list[WebhookDelivery]:
    """Return a page of the caller's deliveries and one more, newest first.

    `after` is the id of the last row of the page before.
    """
    rows = own_deliveries(caller).defer("body").order_by("-pk")
    if query.endpoint_id is not None:
        rows = rows.filter(endpoint__endpoint_id=query.endpoint_id)
    named = {name: getattr(query, name) for name in ("outcome", "type", "shipment_id", "message_id")}
    rows = rows.filter(**{name: value for name, value in named.items() if value is not None})
    return list((rows if after is None else rows.filter(pk__lt=after))[: query.limit + 1])


def redeliver(delivery: WebhookDelivery, now: datetime) -> WebhookDelivery:
    """Make a delivery due at once, with the same id and body. Raises `EndpointDisabledError`.

    One whose attempt is in progress stays as it is.
    """
    if delivery.endpoint.disabled_at is not None:
        raise EndpointDisabledError
    reopen(WebhookDelivery.objects.filter(pk=delivery.pk), now)
    delivery.refresh_from_db()
    return delivery


def reopen(deliveries: QuerySet[WebhookDelivery], now: datetime) -> int:
    """Make these deliveries due at once, with the whole schedule of attempts ahead; return their number.

    Those whose attempt is in progress are left out.
    """
    in_progress = Q(outcome=Outcome.WAITING, claimed_until__gt=now)
    return deliveries.exclude(in_progress).update(
        outcome=Outcome.WAITING,
        next_attempt_at=now,
        finished_at=None,
        attempts_before=F("attempts"),
        claim="",
        claimed_until=None,
    )
