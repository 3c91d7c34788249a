"""The feed: every change of a partner's shipments in one numbered order, to be read on from where one was."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction

from tracking.domain.events import Change
from tracking.domain.shipment import ShipmentState
from tracking.models import FeedEntry, Partner
from tracking.services.reading.change_answers import TYPE_PREFIX, render_change
from tracking.services.requests.callers import Caller
from tracking.services.requests.refusals import CursorExpiredError

KEPT_FOR = timedelta(days=30)


class FeedPage(NamedTuple):
    """Bodies in order, and the number to go on after."""

    bodies: list[str]
    after: int


def append_change(change: Change, state: ShipmentState, now: datetime) -> None:
    """Give the change the next number of its partner's feed; a repeat changes nothing.

    The number is taken under the lock of the partner's row: whoever sees one sees all before it, so that a
    reader who goes on from a number misses none.
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
    """What comes after this number, oldest first; None begins with the oldest that is kept.

    Raises `CursorExpiredError` when something that came after this number is no longer kept.
    """
    newest = Partner.objects.values_list("feed_number", flat=True).get(pk=caller.partner.pk)
    kept = FeedEntry.objects.filter(partner=caller.partner, created_at__gte=now - KEPT_FOR).order_by("number")
    oldest = kept.values_list("number", flat=True).first() or newest + 1
    if after is not None and after + 1 < oldest:
        raise CursorExpiredError
    wanted = kept.filter(livemode=caller.livemode, number__gt=after or 0, number__lte=newest)
    if types:
        wanted = wanted.filter(type__in=types)
    entries = list(wanted.values_list("number", "body")[:limit])
    full = len(entries) == limit
    return FeedPage([body for _, body in entries], entries[-1][0] if full else max(newest, after or 0))
