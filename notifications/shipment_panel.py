"""Panel of the console's page of a shipment: each decision about its messages, and each of its webhooks."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from notifications.change_traces import say_rule
from notifications.domain import TransportDeclaration, Trigger
from notifications.models import Delivery
from notifications.ports import ports
from notifications.reasons import say_to_staff
from notifications.services import REMINDER_SUFFIX, find_booking
from notifications.webhooks.incident_webhooks import name_messages
from notifications.webhooks.models import WebhookDelivery
from notifications.webhooks.rules.payloads import name_message
from notifications.webhooks.staff_webhooks import visible_deliveries
from notifications.wording import headline
from tracking.domain.changes import split_change
from tracking.domain.events import TrackingEvent
from tracking.models import Incident, Shipment
from tracking.services.operations.staff_recipients import read_masked_contact
from tracking.services.requests.callers import Staff
from tracking.services.requests.roles import Scope

DECISIONS_SHOWN = 100
WEBHOOKS_SHOWN = 100
CHANGES_READ = 300
TEMPLATE = "notifications/shipment_panel.html"


class ShownDecision(NamedTuple):
    """Decision about one message in words: why it was sent, or why not. `to` is the masked recipient."""

    delivery: Delivery
    headline: str
    transport: str
    to: str
    reason: str
    href: str


def render_panel(
    request: HttpRequest, staff: Staff, shipment_id: str, events: Sequence[TrackingEvent]
) -> SafeString:
    """Render the panel of a visible shipment, whose events are given (`OPS_SHIPMENT_PANELS`)."""
    booking = find_booking(shipment_id)
    context = {
        "shipment_id": shipment_id,
        "is_booked": booking is not None,
        "decisions": list_decisions(shipment_id, booking),
        "webhooks": list_webhooks(shipment_id, booking, events, staff.scope),
    }
    return render_to_string(TEMPLATE, context, request)


def list_decisions(shipment_id: str, booking: Shipment | None) -> list[ShownDecision]:
    """Return the decisions about messages of the shipment, newest first."""
    rows = Delivery.objects.filter(shipment_id=shipment_id).select_related("message_code").order_by("-id")
    declared = {name: transport.declaration for name, transport in ports().transports.items()}
    contact = read_masked_contact(booking) if booking else None
    return [_show(row, declared.get(row.transport), contact) for row in rows[:DECISIONS_SHOWN]]


def list_webhooks(
    shipment_id: str, booking: Shipment | None, events: Iterable[TrackingEvent], scope: Scope
) -> list[WebhookDelivery]:
    """Return the webhooks about the changes and the incidents of the shipment, newest first.

    They are found by their ids, for which deliveries have an index.
    """
    if booking is None:
        return []
    changes = [change for event in events if event.change for change in split_change(event.change)]
    ids = [name_message(change.change_id) for change in changes[-CHANGES_READ:]]
    for incident in Incident.objects.filter(shipment_id=shipment_id).order_by("-pk")[:WEBHOOKS_SHOWN]:
        ids += name_messages(incident)
    found = visible_deliveries(scope).filter(endpoint__partner=booking.partner, message_id__in=ids)
    return list(found.defer("body").order_by("-pk")[:WEBHOOKS_SHOWN])


def _show(delivery: Delivery, declared: TransportDeclaration | None, contact: object) -> ShownDecision:
    code = getattr(delivery, "message_code", None)
    to = str(getattr(contact, declared.address.field, "")) if declared else ""
    change_id = delivery.change_id.removesuffix(REMINDER_SUFFIX)
    query = urlencode({"shipment": delivery.shipment_id})
    return ShownDecision(
        delivery=delivery,
        headline=headline(delivery.trigger),
        transport=declared.label if declared else delivery.transport,
        to=code.masked_address if code else to,
        reason=_say_reason(delivery, declared),
        href=f"{reverse('notifications:change', args=[change_id])}?{query}",
    )


def _say_reason(delivery: Delivery, declared: TransportDeclaration | None) -> str:
    if delivery.reason:
        return say_to_staff(delivery.reason)
    if delivery.outcome == Delivery.Outcome.CLAIMED:
        return "Being sent"
    return f"Sent {say_rule(declared, Trigger(delivery.trigger))}" if declared else ""
