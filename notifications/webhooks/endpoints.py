"""Webhook endpoints in the hands of their partner: create, change, disable, enable, rotate, delete."""

import secrets
from datetime import datetime
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from msgspec import UNSET

from notifications.webhooks.endpoint_secrets import rotate_secret, set_secret
from notifications.webhooks.guard import AddressRefusedError, check_host, read_url
from notifications.webhooks.models import WebhookEndpoint
from notifications.webhooks.outcomes import drop_waiting
from notifications.webhooks.requests import FILTER_NAMES, EndpointChange, NewEndpoint
from tracking.models import Partner
from tracking.ports import LivePush
from tracking.services.operations.incidents import close_incident
from tracking.services.requests.callers import Caller
from tracking.services.requests.queries import PageQuery
from tracking.services.requests.refusals import (
    ConflictError,
    Mistake,
    RequestRefusedError,
    UnknownError,
    name_allowed,
)

# Endpoints of a partner in one mode.
MAX_ENDPOINTS = 20
# Code of the incident that is open while an endpoint is disabled because of its answers.
INCIDENT_CODE = "webhook_disabled"


class TooManyEndpointsError(ConflictError):
    """Raised when a partner has the maximum number of endpoints."""

    code = "too_many_endpoints"
    detail = f"There are at most {MAX_ENDPOINTS} webhook endpoints in each mode."


class EndpointDisabledError(ConflictError):
    """Raised when something is to be sent to a disabled endpoint."""

    code = "endpoint_disabled"
    detail = "The endpoint is disabled; enable it first."


class Created(NamedTuple):
    """Stored endpoint and its secret, which is shown once."""

    endpoint: WebhookEndpoint
    secret: str


def own_endpoints(caller: Caller) -> QuerySet[WebhookEndpoint]:
    """Return the caller's endpoints, in the mode of its key."""
    return WebhookEndpoint.objects.filter(partner=caller.partner, livemode=caller.livemode)


def find_endpoint(caller: Caller, endpoint_id: str) -> WebhookEndpoint:
    """Return the caller's endpoint. Raises `UnknownError`, also for another partner's."""
    endpoint = own_endpoints(caller).filter(endpoint_id=endpoint_id).first()
    if endpoint is None:
        raise UnknownError
    return endpoint


def find_accepting(partner_id: str, type_name: str, *, livemode: bool) -> list[WebhookEndpoint]:
    """Return the partner's enabled endpoints of this mode whose filter accepts the type."""
    enabled = WebhookEndpoint.objects.filter(
        partner__partner_id=partner_id, livemode=livemode, disabled_at__isnull=True
    )
    return [endpoint for endpoint in enabled if endpoint.filter.accepts(type_name)]


def list_endpoints(caller: Caller, query: PageQuery, after: int | None) -> list[WebhookEndpoint]:
    """Return a page of the caller's endpoints and one more, newest first.

    `after` is the id of the last row of the page before.
    """
    rows = own_endpoints(caller).order_by("-pk")
    return list((rows if after is None else rows.filter(pk__lt=after))[: query.limit + 1])


def check_endpoint(wanted: NewEndpoint | EndpointChange) -> None:
    """Raise `RequestRefusedError` for a URL that cannot get webhooks, or a type that does not exist."""
    mistakes = []
    if wanted.types is not UNSET:
        mistakes = [
            Mistake(f"/types/{index}", "invalid", name_allowed(f"no such type: {name!r}", FILTER_NAMES))
            for index, name in enumerate(wanted.types)
            if name not in FILTER_NAMES
        ]
    if wanted.url is not UNSET:
        try:
            allow_loopback: bool = settings.WEBHOOKS_ALLOW_LOOPBACK
            check_host(read_url(wanted.url, allow_loopback=allow_loopback), allow_loopback=allow_loopback)
        except AddressRefusedError as error:
            mistakes.insert(0, Mistake("/url", "invalid", str(error)))
    if mistakes:
        raise RequestRefusedError(mistakes)


def create_endpoint(caller: Caller, wanted: NewEndpoint, now: datetime) -> Created:
    """Store an endpoint with a new secret. Raises `RequestRefusedError` and `TooManyEndpointsError`."""
    check_endpoint(wanted)
    endpoint = WebhookEndpoint(
        endpoint_id="whe_" + secrets.token_hex(8),
        partner=caller.partner,
        livemode=caller.livemode,
        url=wanted.url,
        types=_without_repeats(wanted.types),
        statuses=_without_repeats(wanted.statuses),
        thin=wanted.thin,
        created_at=now,
    )
    secret = set_secret(endpoint)
    with transaction.atomic():
        # Of two requests at once, the second counts the endpoint of the first.
        Partner.objects.select_for_update().get(pk=caller.partner.pk)
        if own_endpoints(caller).count() >= MAX_ENDPOINTS:
            raise TooManyEndpointsError
        endpoint.save()
    return Created(endpoint, secret)


def change_endpoint(
    live: LivePush, caller: Caller, endpoint_id: str, change: EndpointChange, now: datetime
) -> WebhookEndpoint:
    """Change fields of an endpoint; disable it or enable it. Raises `UnknownError`, `RequestRefusedError`.

    What waits for an endpoint that is disabled is dropped. The URL of the next attempt is the new one.
    """
    check_endpoint(change)
    with transaction.atomic():
        endpoint = _lock(caller, endpoint_id)
        for name, value in _list_stored(change).items():
            setattr(endpoint, name, value)
        if change.enabled is False and endpoint.disabled_at is None:
            endpoint.disabled_at = now
            endpoint.disabled_reason = WebhookEndpoint.DisabledReason.BY_PARTNER
            drop_waiting(endpoint, now)
        elif change.enabled is True and endpoint.disabled_at is not None:
            endpoint.disabled_at = endpoint.failing_since = endpoint.disabling_reported_at = None
            endpoint.disabled_reason = ""
            close_incident(live, INCIDENT_CODE, endpoint.endpoint_id, now)
        endpoint.save()
    return endpoint


def rotate_endpoint(caller: Caller, endpoint_id: str, now: datetime) -> Created:
    """Give an endpoint a new secret; the older one signs too for 24 hours. Raises `UnknownError`."""
    with transaction.atomic():
        endpoint = _lock(caller, endpoint_id)
        return Created(endpoint, rotate_secret(endpoint, now))


def delete_endpoint(live: LivePush, caller: Caller, endpoint_id: str, now: datetime) -> None:
    """Delete an endpoint with its deliveries. Raises `UnknownError`."""
    with transaction.atomic():
        _lock(caller, endpoint_id).delete()
        close_incident(live, INCIDENT_CODE, endpoint_id, now)


def _lock(caller: Caller, endpoint_id: str) -> WebhookEndpoint:
    endpoint = own_endpoints(caller).select_for_update().filter(endpoint_id=endpoint_id).first()
    if endpoint is None:
        raise UnknownError
    return endpoint


def _list_stored(change: EndpointChange) -> dict[str, Any]:
    """Return the columns that a change sets."""
    sent = {name: getattr(change, name) for name in ("url", "types", "statuses", "thin")}
    kept = {name: value for name, value in sent.items() if value is not UNSET}
    return {
        name: _without_repeats(value) if isinstance(value, list) else value for name, value in kept.items()
    }


def _without_repeats(words: list[Any]) -> list[str]:
    return [str(word) for word in dict.fromkeys(words)]
