"""Check the recipient that a partner sent and normalise its addresses."""

from tracking.services.partners.recipients import Contact
from tracking.services.requests.addresses import BOOKED_KINDS, AddressKind
from tracking.services.requests.bodies import Recipient
from tracking.services.requests.phones import BadAddressError
from tracking.services.requests.refusals import Mistake


def check_recipient(recipient: Recipient) -> list[Mistake]:
    """Return the mistakes of a recipient that its type does not exclude."""
    mistakes = []
    for kind in BOOKED_KINDS:
        try:
            _read_address(recipient, kind)
        except BadAddressError as error:
            mistakes.append(Mistake(f"/recipient/{kind.field}", "invalid", str(error)))
    return mistakes


def build_contact(recipient: Recipient) -> Contact:
    """Return the part of a recipient that is stored sealed, each address in the one form of its kind."""
    addresses = {kind.field: _read_address(recipient, kind) for kind in BOOKED_KINDS}
    return Contact(name=recipient.name, address=recipient.address, **addresses)


def _read_address(recipient: Recipient, kind: AddressKind) -> str:
    sent: str = getattr(recipient, kind.field)
    return kind.read(sent) if sent else ""
