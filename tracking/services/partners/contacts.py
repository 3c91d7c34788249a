"""What partners write of a recipient, checked and brought into one form: numbers, e-mail addresses."""

from tracking.services.partners.recipients import Contact
from tracking.services.requests.addresses import BOOKED_KINDS
from tracking.services.requests.callers import Mistake, Recipient


def check_recipient(recipient: Recipient) -> list[Mistake]:
    """What is wrong with a recipient beyond its types."""
    return [
        Mistake(f"/recipient/{kind.field}", "invalid", kind.mistake)
        for kind in BOOKED_KINDS
        if (sent := getattr(recipient, kind.field)) and kind.read(sent) is None
    ]


def contact_of(recipient: Recipient) -> Contact:
    """What is sealed of a recipient; each address in the one form of its kind."""
    addresses = {kind.field: kind.read(getattr(recipient, kind.field)) or "" for kind in BOOKED_KINDS}
    return Contact(name=recipient.name, address=recipient.address, **addresses)
