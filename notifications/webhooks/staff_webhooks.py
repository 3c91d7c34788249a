"""Webhooks in the hands of staff: endpoints with their health, deliveries, and sending one again."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, F, QuerySet

from notifications.webhooks.deliveries import redeliver
from notifications.webhooks.models import WebhookDelivery, WebhookEndpoint
from tracking.services.reading.staff_scope import of_visible_shipment
from tracking.services.requests.audit import record_action, staff_write
from tracking.services.requests.callers import Staff
from tracking.services.requests.refusals import UnknownError
from tracking.services.requests.roles import Scope, Verb

Outcome = WebhookDelivery.Outcome


def visible_endpoints(scope: Scope) -> QuerySet[WebhookEndpoint]:
    """Return the endpoints of the scope's partners, failing ones first; none where hubs limit the scope."""
    rows = WebhookEndpoint.objects.select_related("partner").order_by(
        F("disabled_at").desc(nulls_last=True), F("failing_since").asc(nulls_last=True), "-pk"
    )
    if scope.hubs:
        return rows.none()
    return rows.filter(partner__in=scope.partners) if scope.partners else rows


def count_waiting(endpoints: Iterable[WebhookEndpoint]) -> dict[int, int]:
    """Return the number of waiting deliveries by the row of the endpoint, without zeros."""
    waiting = WebhookDelivery.objects.filter(endpoint__in=endpoints, outcome=Outcome.WAITING)
    return dict(waiting.order_by().values_list("endpoint").annotate(Count("pk")))


def visible_deliveries(scope: Scope) -> QuerySet[WebhookDelivery]:
    """Return the deliveries about visible shipments; one about no shipment is in the unlimited scope only."""
    rows = WebhookDelivery.objects.select_related("endpoint__partner")
    if not scope.is_limited:
        return rows
    return rows.filter(of_visible_shipment(scope))


def find_visible_delivery(scope: Scope, number: int) -> WebhookDelivery:
    """Return the delivery of this row. Raises `UnknownError`, also outside of the scope."""
    delivery = visible_deliveries(scope).filter(pk=number).first()
    if delivery is None:
        raise UnknownError
    return delivery


@staff_write(Verb.REDELIVER)
def redeliver_as_staff(staff: Staff, number: int, now: datetime) -> WebhookDelivery:
    """Make a delivery due at once. Raises `UnknownError`, and `EndpointDisabledError`."""
    delivery = find_visible_delivery(staff.scope, number)
    before = delivery.outcome
    redeliver(delivery, now)
    record_action(
        staff,
        Verb.REDELIVER,
        f"webhook {delivery.message_id} to {delivery.endpoint.endpoint_id}",
        shipment_id=delivery.shipment_id,
        before={"outcome": before},
        after={"outcome": delivery.outcome},
    )
    return delivery
