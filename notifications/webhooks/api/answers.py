"""Answers of the API about webhook endpoints and deliveries."""

import json
from datetime import datetime
from typing import Any, Literal

import msgspec

from notifications.webhooks.deliveries import ID_PREFIX
from notifications.webhooks.endpoint_secrets import OVERLAP
from notifications.webhooks.models import WebhookAttempt, WebhookDelivery, WebhookEndpoint
from tracking.api.answers import Time
from tracking.domain.events import format_time

Outcome = Literal["waiting", "delivered", "failed", "dropped"]


class EndpointAnswer(msgspec.Struct):
    """Webhook endpoint. `failing_since` is its first failure since its last success.

    `disabled_reason` is `gone` after an answer 410, `failed_too_long` after five days of failures, and
    `by_partner`. During a rotation the older secret signs too, until `old_secret_until`.
    """

    endpoint_id: str
    url: str
    types: list[str]
    statuses: list[str]
    thin: bool
    livemode: bool
    enabled: bool
    disabled_at: Time | None
    disabled_reason: Literal["gone", "failed_too_long", "by_partner"] | None
    failing_since: Time | None
    old_secret_until: Time | None
    created_at: Time


class EndpointWithSecret(EndpointAnswer):
    """Webhook endpoint with its new secret, which is not shown again."""

    secret: str


class EndpointPage(msgspec.Struct):
    """Page of endpoints. `next` is the cursor of the next page, null on the last."""

    results: list[EndpointAnswer]
    next: str | None


class DeliverySummary(msgspec.Struct):
    """Delivery of one webhook to one endpoint. `message_id` is its header `webhook-id`.

    `outcome`: `waiting` until `next_attempt_at`; `delivered` after an answer 2xx; `failed` after the last
    attempt; `dropped` when the endpoint was disabled. `attempt_count` counts all attempts.
    """

    delivery_id: str
    endpoint_id: str
    message_id: str
    type: str
    shipment_id: str | None
    outcome: Outcome
    attempt_count: int
    next_attempt_at: Time | None
    created_at: Time
    finished_at: Time | None


class AttemptAnswer(msgspec.Struct):
    """Attempt of a delivery, and the first 1 KB of the answer. Without an answer `fault` says why."""

    number: int
    started_at: Time
    duration_ms: int
    status: int | None
    fault: str | None
    answer: str


class DeliveryAnswer(DeliverySummary):
    """Delivery with its body as it is sent, and its attempts, oldest first."""

    body: dict[str, Any]
    attempts: list[AttemptAnswer]


class DeliveryPage(msgspec.Struct):
    """Page of deliveries. `next` is the cursor of the next page, null on the last."""

    results: list[DeliverySummary]
    next: str | None


class ReplayAnswer(msgspec.Struct):
    """Number of webhooks that a replay sends: deliveries sent again, and changes that were missed."""

    again: int
    missed: int


def describe_endpoint(endpoint: WebhookEndpoint, now: datetime) -> EndpointAnswer:
    """Build the answer of an endpoint."""
    return EndpointAnswer(**_list_fields(endpoint, now))


def describe_with_secret(endpoint: WebhookEndpoint, secret: str, now: datetime) -> EndpointWithSecret:
    """Build the answer of an endpoint whose secret is new."""
    return EndpointWithSecret(**_list_fields(endpoint, now), secret=secret)


def describe_summary(delivery: WebhookDelivery) -> DeliverySummary:
    """Build the answer of a delivery in a list."""
    return DeliverySummary(**_list_summary(delivery))


def describe_delivery(delivery: WebhookDelivery) -> DeliveryAnswer:
    """Build the answer of a delivery with its attempts."""
    attempts = [describe_attempt(attempt) for attempt in delivery.made.order_by("number")]
    return DeliveryAnswer(**_list_summary(delivery), body=json.loads(bytes(delivery.body)), attempts=attempts)


def describe_attempt(attempt: WebhookAttempt) -> AttemptAnswer:
    """Build the answer of an attempt."""
    return AttemptAnswer(
        number=attempt.number,
        started_at=format_time(attempt.started_at),
        duration_ms=attempt.duration_ms,
        status=attempt.status or None,
        fault=attempt.fault or None,
        answer=attempt.answer,
    )


def _list_fields(endpoint: WebhookEndpoint, now: datetime) -> dict[str, Any]:
    old_until = endpoint.rotated_at and endpoint.rotated_at + OVERLAP
    return {
        "endpoint_id": endpoint.endpoint_id,
        "url": endpoint.url,
        "types": endpoint.types,
        "statuses": endpoint.statuses,
        "thin": endpoint.thin,
        "livemode": endpoint.livemode,
        "enabled": endpoint.disabled_at is None,
        "disabled_at": _format(endpoint.disabled_at),
        "disabled_reason": endpoint.disabled_reason or None,
        "failing_since": _format(endpoint.failing_since),
        "old_secret_until": _format(old_until) if old_until and old_until > now else None,
        "created_at": format_time(endpoint.created_at),
    }


def _list_summary(delivery: WebhookDelivery) -> dict[str, Any]:
    return {
        "delivery_id": f"{ID_PREFIX}{delivery.pk}",
        "endpoint_id": delivery.endpoint.endpoint_id,
        "message_id": delivery.message_id,
        "type": delivery.type,
        "shipment_id": delivery.shipment_id or None,
        "outcome": delivery.outcome,
        "attempt_count": delivery.attempts,
        "next_attempt_at": _format(delivery.next_attempt_at),
        "created_at": format_time(delivery.created_at),
        "finished_at": _format(delivery.finished_at),
    }


def _format(moment: datetime | None) -> str | None:
    return format_time(moment) if moment else None
