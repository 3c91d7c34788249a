"""Counts the messages of a run, from the copies that the outbox keeps of every message sent."""

from collections import Counter
from datetime import datetime

from django.db import connections

from laboratory.local.meter.report import MessageCounts
from notifications.models import OutboxMessage


def count_messages(since: datetime) -> MessageCounts:
    """Count the notified changes since then, and messages that a recipient got more than once."""
    sent = Counter(
        OutboxMessage.objects.filter(sent_at__gte=since).values_list("change_id", "recipient_id", "transport")
    )
    connections.close_all()
    return MessageCounts(
        delivered=len({change_id for change_id, _, _ in sent}),
        delivered_twice=sum(times - 1 for times in sent.values()),
    )
