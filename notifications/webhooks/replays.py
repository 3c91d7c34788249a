"""Replay of webhooks: stored deliveries are sent again, and changes that an endpoint missed are sent."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypeVar

from django.db.models import QuerySet

from notifications.webhooks.claims import Webhook, open_deliveries
from notifications.webhooks.deliveries import reopen
from notifications.webhooks.endpoints import EndpointDisabledError, find_endpoint
from notifications.webhooks.models import KEPT_FOR, WebhookDelivery, WebhookEndpoint
from notifications.webhooks.requests import MAX_REPLAYED, Replay
from notifications.webhooks.rules.payloads import choose_stored_body, name_change, name_message
from tracking.models import FeedEntry
from tracking.services.requests.callers import Caller
from tracking.services.requests.refusals import ConflictError, Mistake, RequestRefusedError

# Rows that one statement names.
BATCH = 500
Entry = TypeVar("Entry")


class TooManyReplayedError(ConflictError):
    """Raised for a period with more webhooks than one replay sends."""

    code = "too_many_webhooks"
    detail = f"One replay sends at most {MAX_REPLAYED} webhooks; ask for a shorter period."


class Replayed(NamedTuple):
    """Result of a replay: deliveries made due again, and those opened for changes that were missed."""

    again: int
    missed: int


def replay(caller: Caller, endpoint_id: str, wanted: Replay, now: datetime) -> Replayed:
    """Make the webhooks of these ids or of this period due at once, with their ids and bodies.

    Raises `UnknownError`, `EndpointDisabledError`, `RequestRefusedError`, and `TooManyReplayedError`, all of
    them before anything is sent.
    """
    endpoint = find_endpoint(caller, endpoint_id)
    _check(wanted, now)
    if endpoint.disabled_at is not None:
        raise EndpointDisabledError
    stored = _find_stored(endpoint, wanted)
    entries = _find_entries(endpoint, wanted, now)
    # A delivery that an earlier replay has opened was created after the period of its change.
    stored |= _find_by_ids(endpoint, [name for name in entries if name not in stored])
    missed = [entry for name, entry in entries.items() if name not in stored]
    if len(stored) + len(missed) > MAX_REPLAYED:
        raise TooManyReplayedError
    rows = [*stored.values()]
    again = sum(reopen(WebhookDelivery.objects.filter(pk__in=some), now) for some in _split(rows))
    for some in _split(missed):
        _open(endpoint, FeedEntry.objects.filter(pk__in=some).order_by("number"), now)
    return Replayed(again, len(missed))


def _check(wanted: Replay, now: datetime) -> None:
    """Raise `RequestRefusedError` unless either ids or a period that has begun are given."""
    has_period = wanted.from_ is not None or wanted.to is not None
    if wanted.message_ids is not None and has_period:
        raise RequestRefusedError([Mistake("/message_ids", "invalid", "give either ids or a period")])
    if wanted.message_ids is None and wanted.from_ is None:
        raise RequestRefusedError([Mistake("/from", "required", "give ids, or the start of a period")])
    if wanted.from_ is not None and wanted.from_ >= (wanted.to or now):
        raise RequestRefusedError([Mistake("/from", "contradiction", "it lies after the end")])


def _find_stored(endpoint: WebhookEndpoint, wanted: Replay) -> dict[str, int]:
    """Return the row of each stored delivery that is wanted, by the id of its message."""
    if wanted.message_ids is not None:
        return _find_by_ids(endpoint, wanted.message_ids)
    rows = WebhookDelivery.objects.filter(endpoint=endpoint).order_by("pk").values_list("message_id", "pk")
    return dict(_within(rows, wanted)[: MAX_REPLAYED + 1])


def _find_by_ids(endpoint: WebhookEndpoint, message_ids: Sequence[str]) -> dict[str, int]:
    rows = WebhookDelivery.objects.filter(endpoint=endpoint).order_by("pk").values_list("message_id", "pk")
    return {name: pk for ids in _split(message_ids) for name, pk in rows.filter(message_id__in=ids)}


def _find_entries(endpoint: WebhookEndpoint, wanted: Replay, now: datetime) -> dict[str, int]:
    """Return the wanted entries of the feed that the filter accepts, by the id of their message."""
    feed = FeedEntry.objects.filter(
        partner=endpoint.partner, livemode=endpoint.livemode, created_at__gte=now - KEPT_FOR
    )
    if wanted.message_ids is None:
        return _choose(endpoint, _within(feed, wanted))
    found: dict[str, int] = {}
    for ids in _split([name_change(name) for name in wanted.message_ids]):
        found |= _choose(endpoint, feed.filter(change_id__in=ids))
    return found


def _choose(endpoint: WebhookEndpoint, feed: QuerySet[FeedEntry]) -> dict[str, int]:
    """Return the accepted entries; of too many, one more than a replay sends."""
    chosen: dict[str, int] = {}
    rows = feed.order_by("number").values_list("pk", "change_id", "type", "body")
    for pk, change_id, type_name, body in rows.iterator(BATCH):
        if endpoint.filter.accepts(type_name, _read_status(endpoint, body)):
            chosen[name_message(change_id)] = pk
        if len(chosen) > MAX_REPLAYED:
            break
    return chosen


def _read_status(endpoint: WebhookEndpoint, body: str) -> str | None:
    """Return the status after the change; None if the endpoint does not ask for statuses."""
    if not endpoint.statuses:
        return None
    status: str | None = json.loads(body)["data"]["change"]["after"]["status"]
    return status


def _within(rows: QuerySet[Any], wanted: Replay) -> QuerySet[Any]:
    """Return the rows of the period; without its end, also those of this moment."""
    begun = rows.filter(created_at__gte=wanted.from_)
    return begun if wanted.to is None else begun.filter(created_at__lt=wanted.to)


def _open(endpoint: WebhookEndpoint, entries: Iterable[FeedEntry], now: datetime) -> None:
    webhooks = [
        Webhook(
            message_id=name_message(entry.change_id),
            type=entry.type,
            shipment_id=entry.shipment_id,
            body=choose_stored_body(entry.body, endpoint.thin),
        )
        for entry in entries
    ]
    open_deliveries([(endpoint, webhook) for webhook in webhooks], now)


def _split(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    return (entries[start : start + BATCH] for start in range(0, len(entries), BATCH))
