"""Daily counts of sent messages for a partner's usage, and erasure of what is left of recipients."""

from datetime import UTC, date, datetime, timedelta

from django.db.models import Sum
from django.db.models.functions import Coalesce, TruncDate

from notifications.models import Delivery, MessageCode, OutboxMessage
from notifications.webpush.models import PushSubscription
from tracking.models import Shipment


def count_sent(transport: str, partner_id: str, livemode: bool, first: date, last: date) -> dict[date, int]:
    """Count the segments a transport sent for a partner on each day (UTC) from `first` to `last`, inclusive.

    A message is one segment unless its code says otherwise; messages from before codes were one each.
    """
    since = datetime(first.year, first.month, first.day, tzinfo=UTC)
    until = datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1)
    own = Shipment.objects.filter(partner__partner_id=partner_id, livemode=livemode)
    sent = Delivery.objects.filter(
        transport=transport,
        outcome=Delivery.Outcome.SENT,
        finished_at__gte=since,
        finished_at__lt=until,
        shipment_id__in=own.values("shipment_id"),
    )
    segments = Sum(Coalesce("message_code__segments", 1))
    counted = sent.annotate(day=TruncDate("finished_at", tzinfo=UTC)).values("day").annotate(n=segments)
    return {row["day"]: row["n"] for row in counted.order_by("day")}


def forget_messages(shipment_id: str) -> int:
    """Delete the stored copies of messages to this shipment's recipient; return their number.

    The codes of the messages stay, so that they can still be checked, without the masked address.
    """
    MessageCode.objects.filter(delivery__shipment_id=shipment_id).update(masked_address="")
    return OutboxMessage.objects.filter(shipment_id=shipment_id).delete()[0]


def forget_erased() -> int:
    """Delete what is left of recipients who are erased, by whichever way; return the number of rows changed.

    These are masked addresses, copies of messages and subscriptions of browsers. Safe to repeat.
    """
    erased = Shipment.objects.filter(recipient_sealed=b"").values("shipment_id")
    masked = MessageCode.objects.exclude(masked_address="").filter(delivery__shipment_id__in=erased)
    changed = masked.update(masked_address="")
    for model in (OutboxMessage, PushSubscription):
        changed += model.objects.filter(shipment_id__in=erased).delete()[0]
    return changed
