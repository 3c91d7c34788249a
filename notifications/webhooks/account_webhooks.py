"""Webhooks about the endpoints of a partner: tests, and endpoints that were disabled."""

import secrets
from collections.abc import Iterable
from datetime import datetime

from notifications.webhooks.claims import Webhook, open_deliveries
from notifications.webhooks.endpoints import EndpointDisabledError, find_accepting
from notifications.webhooks.models import WebhookDelivery, WebhookEndpoint
from notifications.webhooks.rules.filters import DISABLED, TEST
from notifications.webhooks.rules.payloads import make_body, name_event
from tracking.domain.events import format_time


def open_test(endpoint: WebhookEndpoint, now: datetime) -> WebhookDelivery:
    """Store a `webhook.test` for the endpoint, due at once. Raises `EndpointDisabledError`."""
    if endpoint.disabled_at is not None:
        raise EndpointDisabledError
    data = {"endpoint_id": endpoint.endpoint_id, "livemode": endpoint.livemode}
    webhook = Webhook(
        name_event(TEST, secrets.token_hex(10)), TEST, "", make_body(TEST, format_time(now), data)
    )
    open_deliveries([(endpoint, webhook)], now)
    return WebhookDelivery.objects.select_related("endpoint").get(
        endpoint=endpoint, message_id=webhook.message_id
    )


def open_disabled(endpoint: WebhookEndpoint, now: datetime) -> int:
    """Store a `webhook.disabled` about this endpoint for the others of its partner; return their number.

    Safe to repeat: each of them gets it once for each time that the endpoint is disabled.
    """
    disabled_at = format_time(endpoint.disabled_at or now)
    data = {
        "endpoint_id": endpoint.endpoint_id,
        "url": endpoint.url,
        "disabled_at": disabled_at,
        "disabled_reason": endpoint.disabled_reason,
        "failing_since": format_time(endpoint.failing_since) if endpoint.failing_since else None,
        "livemode": endpoint.livemode,
    }
    webhook = Webhook(
        name_event(DISABLED, endpoint.endpoint_id, disabled_at),
        DISABLED,
        "",
        make_body(DISABLED, disabled_at, data),
    )
    others = find_accepting(endpoint.partner.partner_id, DISABLED, livemode=endpoint.livemode)
    return _open(webhook, (other for other in others if other.pk != endpoint.pk), now)


def _open(webhook: Webhook, endpoints: Iterable[WebhookEndpoint], now: datetime) -> int:
    pairs = [(endpoint, webhook) for endpoint in endpoints]
    open_deliveries(pairs, now)
    return len(pairs)
