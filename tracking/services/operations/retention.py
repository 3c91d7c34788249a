"""Data retention: delete feed entries, stored answers, recipients and proofs past their time."""

from datetime import datetime, timedelta
from typing import NamedTuple

from tracking.domain.status import END_STATUSES
from tracking.models import FeedEntry, KeptAnswer, Proof, Shipment
from tracking.services.partners.erasure import erase_notes
from tracking.services.partners.recipients import erase_contact
from tracking.services.reading import feed

ANSWERS_KEPT_FOR = timedelta(hours=24)
RECIPIENTS_KEPT_FOR = timedelta(days=30)
# The bucket expires the pictures after the same time: deploy/templates/data.yaml.
PROOFS_KEPT_FOR = timedelta(days=365)


class Deleted(NamedTuple):
    """Numbers of rows deleted, and of recipients erased."""

    feed_entries: int
    answers: int
    recipients: int
    proofs: int


def delete_expired(now: datetime) -> Deleted:
    """Delete everything past its retention time. Safe to repeat and to interrupt."""
    entries, _ = FeedEntry.objects.filter(created_at__lt=now - feed.KEPT_FOR).delete()
    answers, _ = KeptAnswer.objects.filter(claimed_at__lt=now - ANSWERS_KEPT_FOR).delete()
    proofs, _ = Proof.objects.filter(created_at__lt=now - PROOFS_KEPT_FOR).delete()
    ended = Shipment.objects.filter(status__in=END_STATUSES, status_at__lt=now - RECIPIENTS_KEPT_FOR)
    ended = ended.exclude(recipient_sealed=b"")
    recipients = list(ended)
    for shipment in recipients:
        erase_contact(shipment)
    erase_notes([shipment.shipment_id for shipment in recipients])
    return Deleted(entries, answers, len(recipients), proofs)
