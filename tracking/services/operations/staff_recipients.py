"""Personal data of recipients for staff: masked on every page, in clear by an action in the audit log."""

from tracking.models import Proof, Shipment
from tracking.services.partners.proofs import list_proofs_of
from tracking.services.partners.recipients import Contact, read_contact
from tracking.services.reading.staff_scope import visible_shipments
from tracking.services.requests.addresses import mask_email
from tracking.services.requests.audit import record_action, staff_write
from tracking.services.requests.callers import Staff
from tracking.services.requests.phones import mask_phone
from tracking.services.requests.refusals import UnknownError
from tracking.services.requests.roles import Verb
from tracking.tokens import make_token

HIDDEN = "•••"


def mask_contact(contact: Contact) -> Contact:
    """Return the contact with initials, ends of the phone number, and no address; empty stays empty."""
    return Contact(
        name=" ".join(f"{word[0]}{HIDDEN}" for word in contact.name.split()),
        phone=mask_phone(contact.phone) if contact.phone else "",
        email=mask_email(contact.email) if contact.email else "",
        address=HIDDEN if contact.address else "",
    )


def read_masked_contact(booking: Shipment) -> Contact:
    """Return the booking's contact, masked."""
    return mask_contact(read_contact(booking))


@staff_write(Verb.UNMASK)
def unmask_recipient(staff: Staff, shipment_id: str) -> Contact:
    """Return the contact of the shipment in clear. Raises `UnknownError` outside of the scope."""
    booking = _find_booking(staff, shipment_id)
    record_action(staff, Verb.UNMASK, f"recipient of {shipment_id}", shipment_id=shipment_id)
    return read_contact(booking)


@staff_write(Verb.SEE_PROOFS)
def see_proofs(staff: Staff, shipment_id: str) -> list[Proof]:
    """Return the proofs of the shipment, whose pictures may be shown. Raises `UnknownError`."""
    booking = _find_booking(staff, shipment_id)
    record_action(staff, Verb.SEE_PROOFS, f"proofs of {shipment_id}", shipment_id=shipment_id)
    return list_proofs_of(booking)


@staff_write(Verb.SEE_AS_CUSTOMER)
def make_customer_token(staff: Staff, shipment_id: str) -> str:
    """Return the token of the customer's link. Raises `UnknownError` outside of the scope."""
    booking = _find_booking(staff, shipment_id)
    record_action(staff, Verb.SEE_AS_CUSTOMER, f"shipment {shipment_id}", shipment_id=shipment_id)
    return make_token(booking.shipment_id, booking.token_n)


def _find_booking(staff: Staff, shipment_id: str) -> Shipment:
    booking = visible_shipments(staff.scope).filter(shipment_id=shipment_id).first()
    if booking is None:
        raise UnknownError
    return booking
