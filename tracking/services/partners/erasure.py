"""Erase the personal data of a recipient on request."""

from collections.abc import Collection

from django.db import transaction

from tracking.models import AskedCorrection, IncidentNote, KeptAnswer, Shipment, ShipmentNote
from tracking.services.partners.proofs import erase_proofs
from tracking.services.partners.recipients import erase_contact
from tracking.services.requests.refusals import UnknownError

# Answers to requests below this path hold recipients, and they are stored for a day.
BOOKING_PATH = "/api/v1/shipments"


def erase_recipient(shipment_id: str) -> None:
    """Erase the recipient of a booking: sealing key, fields, stored answers that hold them, proofs, notes.

    The timeline holds no personal data. A booking that is sent again finds its id taken. Raises
    `UnknownError`.
    """
    shipment = Shipment.objects.filter(shipment_id=shipment_id).first()
    if shipment is None:
        raise UnknownError
    with transaction.atomic():
        erase_contact(shipment)
        erase_proofs(shipment)
        erase_notes([shipment_id])
        if shipment.partner is not None:
            KeptAnswer.objects.filter(partner=shipment.partner, path__startswith=BOOKING_PATH).delete()


def erase_notes(shipment_ids: Collection[str]) -> None:
    """Delete what staff wrote on these shipments, their incidents and corrections. Safe to repeat."""
    AskedCorrection.objects.filter(shipment_id__in=shipment_ids).delete()
    ShipmentNote.objects.filter(shipment_id__in=shipment_ids).delete()
    IncidentNote.objects.filter(incident__shipment_id__in=shipment_ids).delete()
