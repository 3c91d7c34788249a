"""Check the recipient that a partner sent and normalise its addresses."""

from tracking.services.partners.recipients import Contact
from tracking.services.requests.addresses import BOOKED_KINDS
from tracking.services.requests.bodies import Recipient, RecipientChange
from tracking.services.requests.refusals import Mistake


def check_recipient(recipient: Recipient | RecipientChange) -> list[Mistake]:
    """Return the mistakes of a recipient, or of its changed fields, that its type does not exclude."""
    return [
        Mistake(f"/recipient/{kind.field}", "invalid", kind.mistake)
        for kind in BOOKED_KINDS
        if (sent := getattr(recipient, kind.field)) and kind.read(sent) is None
    ]


def build_contact(recipient: Recipient) -> Contact:
    """Return the part of a recipient that is stored sealed, each address in the one form of its kind."""
    addresses = {kind.field: kind.read(getattr(recipient, kind.field)) or "" for kind in BOOKED_KINDS}
    return Contact(name=recipient.name, address=recipient.address, **addresses)
