"""Check the recipient that a partner sent and normalise phone number and e-mail address."""

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from tracking.services.partners.recipients import Contact
from tracking.services.requests.bodies import Recipient
from tracking.services.requests.refusals import Mistake

HOME_REGION = "IN"


def check_recipient(recipient: Recipient) -> list[Mistake]:
    """Return the mistakes of a recipient that its type does not exclude."""
    mistakes = []
    if recipient.phone and read_phone(recipient.phone) is None:
        mistakes.append(Mistake("/recipient/phone", "invalid", "not a phone number"))
    if recipient.email:
        try:
            validate_email(recipient.email)
        except ValidationError:
            mistakes.append(Mistake("/recipient/email", "invalid", "not an e-mail address"))
    return mistakes


def build_contact(recipient: Recipient) -> Contact:
    """Return the part of a recipient that is stored sealed, with the phone number in E.164."""
    return Contact(
        name=recipient.name,
        phone=read_phone(recipient.phone) or "",
        email=recipient.email,
        address=recipient.address,
    )


def read_phone(sent: str) -> str | None:
    """Return the number in E.164, None if it is impossible. Without a country code it is read as Indian."""
    try:
        number = phonenumbers.parse(sent, HOME_REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
