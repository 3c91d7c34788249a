"""Opening of webhooks: each endpoint whose filter accepts a change gets one delivery of it."""

from datetime import datetime

from notifications.webhooks.claims import Webhook, open_deliveries
from notifications.webhooks.models import KEPT_FOR, WebhookEndpoint
from notifications.webhooks.rules.filters import SHIPMENT_PREFIX
from notifications.webhooks.rules.payloads import choose_body, name_message
from tracking.domain.events import Change
from tracking.domain.shipment import ShipmentState
from tracking.services.reading.change_answers import render_change


def has_endpoints(change: Change) -> bool:
    """Return whether an enabled endpoint may take the change, so that a state is read only then."""
    enabled = WebhookEndpoint.objects.filter(disabled_at__isnull=True)
    if change.partner_id is not None:
        enabled = enabled.filter(partner__partner_id=change.partner_id)
    return enabled.exists()


def open_webhooks(change: Change, state: ShipmentState, now: datetime) -> int:
    """Store a delivery of the change for each endpoint of its partner that accepts it; return their number.

    Safe to repeat: an endpoint gets a change once. Neither does an old stream that is read again cause
    webhooks, because no endpoint gets changes from before its creation, or ones older than deliveries are
    kept. `state` is the shipment after the change.
    """
    if now - change.recorded_at >= KEPT_FOR:
        return 0
    endpoints = _find_endpoints(change, state)
    if not endpoints:
        return 0
    full = render_change(change, state)
    open_deliveries([(endpoint, _make_webhook(change, full, endpoint)) for endpoint in endpoints], now)
    return len(endpoints)


def _find_endpoints(change: Change, state: ShipmentState) -> list[WebhookEndpoint]:
    enabled = WebhookEndpoint.objects.filter(
        partner__partner_id=change.partner_id or state.partner_id,
        livemode=state.livemode,
        disabled_at__isnull=True,
        created_at__lte=change.recorded_at,
    )
    type_name, status = SHIPMENT_PREFIX + change.type, change.after.status
    return [endpoint for endpoint in enabled if endpoint.filter.accepts(type_name, status)]


def _make_webhook(change: Change, full: str, endpoint: WebhookEndpoint) -> Webhook:
    return Webhook(
        message_id=name_message(change.change_id),
        type=SHIPMENT_PREFIX + change.type,
        shipment_id=change.shipment_id,
        body=choose_body(change, full, endpoint.thin),
    )
