"""Partners with webhook endpoints, and deliveries, for tests."""

from datetime import UTC, datetime

from notifications.webhooks.claims import Webhook, open_deliveries
from notifications.webhooks.endpoint_secrets import set_secret
from notifications.webhooks.models import WebhookDelivery, WebhookEndpoint
from notifications.webhooks.rules.verdicts import Answer
from tracking.models import Partner

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)
OK = Answer(200, body=b"thanks")


def make_endpoint(endpoint_id: str = "whe_1", **fields) -> WebhookEndpoint:
    """Store an endpoint of partner `prt_acme` for all changes of shipments."""
    partner, _ = Partner.objects.get_or_create(partner_id="prt_acme", defaults={"name": "Acme"})
    given = {"url": "https://hooks.example.com/in", "types": ["shipment.*"], "created_at": NOON} | fields
    endpoint = WebhookEndpoint(endpoint_id=endpoint_id, partner=partner, **given)
    set_secret(endpoint)
    endpoint.save()
    return endpoint


def make_webhook(number: int) -> Webhook:
    """Build a webhook with the id `msg_<number>`."""
    return Webhook(f"msg_{number}", "shipment.delayed", "123", b"{}")


def open_many(endpoint: WebhookEndpoint, numbers, now: datetime = NOON) -> None:
    """Store a due delivery for each number."""
    open_deliveries([(endpoint, make_webhook(number)) for number in numbers], now)


def show(claimed: list[WebhookDelivery]) -> list[tuple[str, str]]:
    """Return endpoint and message of each delivery, sorted."""
    return sorted((delivery.endpoint.endpoint_id, delivery.message_id) for delivery in claimed)
