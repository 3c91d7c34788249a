"""Internal notes of staff on a shipment: added with an entry in the audit log, and listed for its page."""

from datetime import datetime
from typing import NamedTuple

from tracking.code_texts import say_code
from tracking.domain.masking import mask_text
from tracking.models import Incident, ShipmentNote
from tracking.services.operations.incident_names import name_incident
from tracking.services.reading.staff_scope import is_visible
from tracking.services.requests.audit import record_action, staff_write
from tracking.services.requests.callers import Staff
from tracking.services.requests.refusals import ConflictError, UnknownError
from tracking.services.requests.roles import Verb
from tracking.services.requests.staff_accounts import name_accounts

NOTE_LENGTH = 500
MAX_NOTES = 200


class EmptyNoteError(ConflictError):
    """Raised for a note without words."""

    code = "empty_note"
    detail = "Write the note first."


class TooManyNotesError(ConflictError):
    """Raised for a shipment that has the maximum number of notes."""

    code = "too_many_notes"
    detail = f"A shipment has at most {MAX_NOTES} notes."


class ShownShipmentNote(NamedTuple):
    """Note with the user name of its author; `about` is the result of the incident that it was written at."""

    author: str
    at: datetime
    text: str
    about: str = ""


@staff_write(Verb.NOTE_SHIPMENT)
def note_shipment(staff: Staff, shipment_id: str, text: str, now: datetime) -> ShipmentNote:
    """Add a note. Phone numbers and e-mail addresses are masked; the audit log holds no word of it.

    Raises `UnknownError` outside of the scope, `EmptyNoteError`, `TooManyNotesError`.
    """
    if not is_visible(staff.scope, shipment_id):
        raise UnknownError
    masked = (mask_text(text) or "").replace("\0", "").strip()[:NOTE_LENGTH]
    if not masked:
        raise EmptyNoteError
    if ShipmentNote.objects.filter(shipment_id=shipment_id).count() >= MAX_NOTES:
        raise TooManyNotesError
    note = ShipmentNote.objects.create(shipment_id=shipment_id, at=now, actor=staff.actor, text=masked)
    subject, after = f"shipment {shipment_id}", {"note": note.pk}
    record_action(staff, Verb.NOTE_SHIPMENT, subject, shipment_id=shipment_id, at=now, after=after)
    return note


def list_notes(shipment_id: str) -> list[ShownShipmentNote]:
    """Return the notes on the shipment and those of its resolved incidents, newest first."""
    notes = [
        ShownShipmentNote(note.actor, note.at, note.text)
        for note in ShipmentNote.objects.filter(shipment_id=shipment_id).order_by("-pk")
    ]
    resolved = Incident.objects.filter(shipment_id=shipment_id, resolved_at__isnull=False).exclude(note="")
    notes += [
        ShownShipmentNote(one.resolved_by, one.resolved_at, one.note, _say_result(one))
        for one in resolved.order_by("-resolved_at")[:MAX_NOTES]
        if one.resolved_at is not None
    ]
    names = name_accounts(note.author for note in notes)
    shown = [note._replace(author=names[note.author]) for note in notes]
    return sorted(shown, key=lambda note: note.at, reverse=True)


def _say_result(incident: Incident) -> str:
    return f"{name_incident(incident)}: {say_code('resolution', incident.resolution_code).lower()}"
