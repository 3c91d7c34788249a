"""Days that were agreed with recipients or set by staff: the promise of the booking moves to them."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from tracking.domain.events import Booking, format_time
from tracking.domain.identity import short_hash
from tracking.domain.payload import ScanPayload
from tracking.domain.status import NO_DELIVERY_FOLLOWS
from tracking.models import Incident, Shipment
from tracking.ports import EventStream, TrackingPorts
from tracking.services.operations.delivery_days import find_hours
from tracking.services.operations.incident_changes import RESCHEDULED, UNDO_FOR
from tracking.services.recording.stream_records import put_record

# Older agreements are past: the day lies at most a month ahead.
LOOKED_BACK = timedelta(days=31)


def move_agreed_deliveries(ports: TrackingPorts, now: datetime) -> int:
    """Move the deliveries whose new day was agreed and can no longer be undone; return how many.

    Safe to repeat, and to run twice at once. Raises `TransientError` if the stream takes no record: that
    delivery is moved by the next call.
    """
    agreed = Incident.objects.filter(agreed_day__isnull=False, day_moved_at__isnull=True)
    due = agreed.filter(resolved_at__range=(now - LOOKED_BACK, now - UNDO_FOR)).order_by("resolved_at")
    return sum(_move(ports.stream, incident, now) for incident in due)


def _move(stream: EventStream, incident: Incident, now: datetime) -> bool:
    """Change the booking's row and put the new promise on the stream, both or neither."""
    with transaction.atomic():
        unmoved = Incident.objects.filter(pk=incident.pk, version=incident.version, day_moved_at=None)
        if not unmoved.update(day_moved_at=now):
            return False
        _list_beside(incident).update(day_moved_at=now)
        booked = Shipment.objects.select_related("destination_hub").filter(shipment_id=incident.shipment_id)
        shipment = booked.exclude(status__in=[str(status) for status in NO_DELIVERY_FOLLOWS]).first()
        if shipment is None or incident.agreed_day is None:
            return False
        hours = find_hours(shipment, incident.agreed_day)
        shipment.promised_from, shipment.promised_to, shipment.updated_at = hours.from_, hours.to, now
        shipment.save(update_fields=["promised_from", "promised_to", "updated_at"])
        report = ScanPayload(
            shipment_id=incident.shipment_id,
            event_id="d_" + short_hash(incident.pk, incident.version),
            timestamp=format_time(now),
            source="manual",
            actor=incident.resolved_by,
            booking=Booking(
                promised=hours,
                deliver_from=hours.from_,
                is_rescheduled=incident.resolution_code == RESCHEDULED,
            ),
        )
        put_record(stream, report)
    return True


def _list_beside(incident: Incident) -> QuerySet[Incident]:
    """Return the incidents of the same card that moved the delivery by the same action: it moves once."""
    return Incident.objects.filter(
        shipment_id=incident.shipment_id,
        agreed_day=incident.agreed_day,
        resolved_at=incident.resolved_at,
        resolution_code=incident.resolution_code,
        day_moved_at=None,
    )
