"""Erasure on request: whatever we keep of the one a shipment went to."""

from django.db import transaction

from tracking.models import KeptAnswer, Shipment
from tracking.services.partners.proofs import erase_proofs
from tracking.services.partners.recipients import erase_contact
from tracking.services.requests.refusals import UnknownError

# Requests to these addresses are answered with recipients, and the answers are kept for a day.
BOOKING_PATH = "/api/v1/shipments"


def erase_recipient(shipment_id: str) -> None:
    """Erase whom a booking goes to, wherever we keep it: key, fields, answers that repeat them, proofs.

    Raises `UnknownError`. What was told to the timeline holds nobody; a resent booking finds its id taken.
    """
    shipment = Shipment.objects.filter(shipment_id=shipment_id).first()
    if shipment is None:
        raise UnknownError
    with transaction.atomic():
        erase_contact(shipment)
        erase_proofs(shipment)
        if shipment.partner is not None:
            KeptAnswer.objects.filter(partner=shipment.partner, path__startswith=BOOKING_PATH).delete()
