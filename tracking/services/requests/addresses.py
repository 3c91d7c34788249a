"""Kinds of address: field in a booking, parser, pattern of usable addresses, and mask."""

import re
from collections.abc import Callable
from typing import NamedTuple

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

HOME_REGION = "IN"


class AddressKind(NamedTuple):
    """One kind of address that messages are sent to.

    `field` names it in the API's recipient and in `Contact`. `read` normalises a sent address and returns
    None for an invalid one; `mistake` is the text for the partner. `usable` matches a stored address that a
    provider accepts. `mask` hides an address, but for what tells two apart.
    """

    field: str
    mistake: str
    read: Callable[[str], str | None]
    usable: re.Pattern[str]
    mask: Callable[[str], str]


def read_phone(sent: str) -> str | None:
    """Return the number in E.164, None if it is impossible. Without a country code it is read as Indian."""
    try:
        number = phonenumbers.parse(sent, HOME_REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def mask_phone(number: str) -> str:
    """Return the first three characters (`+91`) and the last two digits."""
    return f"{number[:3]} ••• ••• {number[-2:]}"


def read_email(sent: str) -> str | None:
    """Return the e-mail address as sent, None if it is invalid."""
    try:
        validate_email(sent)
    except ValidationError:
        return None
    return sent


def mask_email(address: str) -> str:
    """Return the first character of the name, and the domain."""
    name, _, domain = address.partition("@")
    return f"{name[:1]}•••@{domain}"


PHONE = AddressKind("phone", "not a phone number", read_phone, re.compile(r"\+[1-9]\d{6,14}"), mask_phone)
EMAIL = AddressKind(
    "email", "not an e-mail address", read_email, re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+"), mask_email
)

# What is checked of a booking's recipient, in the order in which mistakes are listed.
BOOKED_KINDS = (PHONE, EMAIL)
