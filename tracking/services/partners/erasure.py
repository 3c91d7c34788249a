"""Erase the personal data of a recipient on request."""

from django.db import transaction

from tracking.models import KeptAnswer, Shipment
from tracking.services.partners.proofs import erase_proofs
from tracking.services.partners.recipients import erase_contact
from tracking.services.requests.refusals import UnknownError

# Answers to requests below this path hold recipients, and they are stored for a day.
BOOKING_PATH = "/api/v1/shipments"


def erase_recipient(shipment_id: str) -> None:
    """Erase the recipient of a booking: sealing key, fields, stored answers that hold them, proofs.

    The timeline holds no personal data. A booking that is sent again finds its id taken. Raises
    `UnknownError`.
    """
    shipment = Shipment.objects.filter(shipment_id=shipment_id).first()
    if shipment is None:
        raise UnknownError
    with transaction.atomic():
        erase_contact(shipment)
        erase_proofs(shipment)
        if shipment.partner is not None:
            KeptAnswer.objects.filter(partner=shipment.partner, path__startswith=BOOKING_PATH).delete()
