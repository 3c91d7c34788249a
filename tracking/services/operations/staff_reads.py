"""Reads by staff that leave an entry in the audit log although they change nothing."""

from tracking.services.requests.audit import record_action, staff_write
from tracking.services.requests.callers import Staff
from tracking.services.requests.roles import Verb


@staff_write(Verb.EXPORT)
def record_export(staff: Staff, subject: str, shipment_id: str = "") -> None:
    """Add the entry of a file that leaves the console; `subject` says what is in it."""
    record_action(staff, Verb.EXPORT, subject, shipment_id=shipment_id)


@staff_write(Verb.READ_OUTBOX)
def record_outbox(staff: Staff, subject: str, shipment_id: str = "") -> None:
    """Add the entry of copies of messages that are shown: their links give access."""
    record_action(staff, Verb.READ_OUTBOX, subject, shipment_id=shipment_id)
