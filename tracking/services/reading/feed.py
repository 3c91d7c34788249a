"""Feed of a partner: the changes of its shipments, numbered in one order."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Subquery

from tracking.domain.events import Change
from tracking.domain.shipment import ShipmentState
from tracking.models import FeedEntry, Partner
from tracking.services.reading.change_answers import render_change
from tracking.services.requests.callers import Caller
from tracking.services.requests.queries import TYPE_PREFIX
from tracking.services.requests.refusals import CursorExpiredError

KEPT_FOR = timedelta(days=30)


class FeedPage(NamedTuple):
    """Bodies of entries in order, and the number after which the next page starts."""

    bodies: list[str]
    after: int


def append_change(change: Change, state: ShipmentState, now: datetime) -> None:
    """Append the change to its partner's feed with the next number. A repeat changes nothing.

    The number is taken under the lock of the partner's row: a reader that sees a number sees all numbers
    before it, so reading on from a number misses no entry.
    """
    partner_id = change.partner_id or state.partner_id
    if partner_id is None or FeedEntry.objects.filter(change_id=change.change_id).exists():
        return
    with transaction.atomic():
        partner = Partner.objects.select_for_update().filter(partner_id=partner_id).first()
        if partner is None or FeedEntry.objects.filter(change_id=change.change_id).exists():
            return
        partner.feed_number += 1
        partner.save(update_fields=["feed_number"])
        FeedEntry.objects.create(
            partner=partner,
            livemode=state.livemode,
            number=partner.feed_number,
            change_id=change.change_id,
            type=TYPE_PREFIX + change.type,
            shipment_id=change.shipment_id,
            body=render_change(change, state),
            created_at=now,
        )


def read_feed(caller: Caller, after: int | None, types: Sequence[str], limit: int, now: datetime) -> FeedPage:
    """Return the entries after this number, oldest first; None starts at the oldest stored entry.

    Raises `CursorExpiredError` when an entry after this number has been deleted.
    """
    stored = FeedEntry.objects.filter(partner=caller.partner, created_at__gte=now - KEPT_FOR).order_by(
        "number"
    )
    numbers = Partner.objects.values_list("feed_number", Subquery(stored.values("number")[:1]))
    newest, first = numbers.get(pk=caller.partner.pk)
    oldest = first or newest + 1
    if after is not None and after + 1 < oldest:
        raise CursorExpiredError
    wanted = stored.filter(livemode=caller.livemode, number__gt=after or 0, number__lte=newest)
    if types:
        wanted = wanted.filter(type__in=types)
    entries = list(wanted.values_list("number", "body")[:limit])
    full = len(entries) == limit
    return FeedPage([body for _, body in entries], entries[-1][0] if full else max(newest, after or 0))
