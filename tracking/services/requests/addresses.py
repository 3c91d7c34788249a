"""Kinds of address: field in a booking, parser, check before a message is sent, and mask."""

import re
from collections.abc import Callable
from typing import NamedTuple

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from tracking.services.requests.phones import BadAddressError, find_sms_obstacle, mask_phone, read_phone

_USABLE_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


class AddressKind(NamedTuple):
    """One kind of address that messages are sent to.

    `field` names it in the API's recipient and in `Contact`. `read` normalises a sent address and raises
    `BadAddressError`, with a text for the partner, for an invalid one. `find_obstacle` returns the reason
    code why nothing can be sent to a stored address, or an empty text. `mask` hides an address, except for
    the characters that distinguish two of them.
    """

    field: str
    read: Callable[[str], str]
    find_obstacle: Callable[[str], str]
    mask: Callable[[str], str]


def read_email(sent: str) -> str:
    """Return the e-mail address as sent. Raises `BadAddressError` if it is invalid."""
    try:
        validate_email(sent)
    except ValidationError as error:
        raise BadAddressError("not an e-mail address") from error
    return sent


def find_mail_obstacle(address: str) -> str:
    """Return the reason code why no mail can be sent to a stored address, or an empty text."""
    return "" if _USABLE_EMAIL.fullmatch(address) else "invalid_address"


def mask_email(address: str) -> str:
    """Return the first character of the name, and the domain."""
    name, _, domain = address.partition("@")
    return f"{name[:1]}•••@{domain}"


PHONE = AddressKind("phone", read_phone, find_sms_obstacle, mask_phone)
EMAIL = AddressKind("email", read_email, find_mail_obstacle, mask_email)

# What is checked of a booking's recipient, in the order in which mistakes are listed.
BOOKED_KINDS = (PHONE, EMAIL)
