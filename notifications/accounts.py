"""Daily counts of sent messages for a partner's usage, and erasure of a recipient's messages."""

from datetime import UTC, date, datetime, timedelta

from django.db.models import Count
from django.db.models.functions import TruncDate

from notifications.models import Delivery, OutboxMessage
from tracking.models import Shipment


def count_sent(transport: str, partner_id: str, livemode: bool, first: date, last: date) -> dict[date, int]:
    """Count the messages a transport sent for a partner on each day (UTC) from `first` to `last`, inclusive.

    For SMS this is also the number of segments, since every text fits one (a test of the texts proves it).
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
    counted = sent.annotate(day=TruncDate("finished_at", tzinfo=UTC)).values("day").annotate(n=Count("pk"))
    return {row["day"]: row["n"] for row in counted.order_by("day")}


def forget_messages(shipment_id: str) -> int:
    """Delete the stored copies of messages to this shipment's recipient; return their number."""
    return OutboxMessage.objects.filter(shipment_id=shipment_id).delete()[0]
