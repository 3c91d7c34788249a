"""Check the recipient that a partner sent and normalise its addresses."""

from tracking.services.partners.recipients import NO_CONTACT, Contact
from tracking.services.requests.addresses import BOOKED_KINDS, AddressKind
from tracking.services.requests.bodies import Recipient, RecipientChange
from tracking.services.requests.phones import BadAddressError
from tracking.services.requests.refusals import Mistake


def check_recipient(recipient: Recipient | RecipientChange, stored: Contact = NO_CONTACT) -> list[Mistake]:
    """Return the mistakes of a recipient, or of its changed fields, that its type does not exclude.

    An address that is `stored` already is kept as it is: older releases took some that are refused today.
    """
    mistakes = []
    for kind in BOOKED_KINDS:
        try:
            _read_address(recipient, kind, stored)
        except BadAddressError as error:
            mistakes.append(Mistake(f"/recipient/{kind.field}", "invalid", str(error)))
    return mistakes


def build_contact(recipient: Recipient, stored: Contact = NO_CONTACT) -> Contact:
    """Return the part of a recipient that is stored sealed, each address in the one form of its kind."""
    addresses = {kind.field: _read_address(recipient, kind, stored) for kind in BOOKED_KINDS}
    return Contact(name=recipient.name, address=recipient.address, point=recipient.point, **addresses)


def _read_address(recipient: Recipient | RecipientChange, kind: AddressKind, stored: Contact) -> str:
    # A field that a change leaves out is as good as none.
    sent: str = getattr(recipient, kind.field) or ""
    return kind.read(sent) if sent and sent != getattr(stored, kind.field) else sent
