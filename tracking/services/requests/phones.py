"""Phone numbers: read into E.164, refused with what was understood, and judged before an SMS is sent."""

import re

import phonenumbers
from django.conf import settings
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType

from tracking.domain.errors import PermanentError
from tracking.domain.typed_text import to_ascii_digits

# As a spreadsheet writes a number of ten digits: the last digits are lost.
_SCIENTIFIC = re.compile(r"\s*\+?\d+(?:[.,]\d+)?[eE]\+?\d+\s*")
# As a spreadsheet or a table library writes a whole number: 9845012345.0.
_DECIMALS = re.compile(r"\s*(\+?[\d\s]+)[.,]0+\s*")
# A letter between digits. The phone library reads letters as keys of a telephone.
_LETTER_INSIDE = re.compile(r"\d[^\d]*[^\W\d_][^\d]*\d")
_MOBILE = frozenset({PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE})


class BadAddressError(PermanentError):
    """Raised for an address that cannot be used. The text says what was understood, for the partner."""


def read_phone(sent: str, country: str | None = None) -> str:
    """Return the number in E.164; without a country code it is of `country`, else the first allowed one.

    Raises `BadAddressError` for text that is no valid number of an allowed country.
    """
    text = to_ascii_digits(sent)
    _refuse_other_forms(text)
    try:
        number = phonenumbers.parse(text, country or settings.PHONE_COUNTRIES[0])
    except phonenumbers.NumberParseException as error:
        raise BadAddressError(f"not a phone number: {sent!r}") from error
    if number.extension:
        raise BadAddressError(f"{sent!r} has an extension, {number.extension}: send the number alone")
    _check_country(number)
    return _to_e164(number)


def find_sms_obstacle(number: str) -> str:
    """Return the reason code why no SMS can be sent to a stored number, or an empty text."""
    try:
        parsed = phonenumbers.parse(number, None)
        _check_country(parsed)
    except (phonenumbers.NumberParseException, BadAddressError):
        return "invalid_address"
    return "" if phonenumbers.number_type(parsed) in _MOBILE else "not_mobile"


def mask_phone(number: str) -> str:
    """Return the first three characters (`+91`) and the last two digits."""
    return f"{number[:3]} ••• ••• {number[-2:]}"


def _refuse_other_forms(text: str) -> None:
    """Raise `BadAddressError` for text in which the library would find another number than was meant."""
    if _SCIENTIFIC.fullmatch(text):
        raise BadAddressError(f"{text!r} is in scientific notation, so digits are lost: send it as text")
    if decimals := _DECIMALS.fullmatch(text):
        raise BadAddressError(f"{text!r} is a decimal number: send {decimals[1].strip()!r} as text")
    if _LETTER_INSIDE.search(text):
        raise BadAddressError(f"{text!r} has letters between its digits")


def _check_country(number: PhoneNumber) -> None:
    """Raise `BadAddressError` unless the number is valid in one of `PHONE_COUNTRIES`."""
    allowed = settings.PHONE_COUNTRIES
    if not phonenumbers.is_valid_number(number):
        meant = _find_repeated_prefix(number)
        raise BadAddressError(f"understood as {_show(number)}, which is no valid number{meant}")
    region = phonenumbers.region_code_for_number(number)
    if region not in allowed:
        raise BadAddressError(
            f"understood as {_show(number)}, a number of {region}; allowed: {', '.join(allowed)}"
        )


def _find_repeated_prefix(number: PhoneNumber) -> str:
    """Return a hint for a valid number behind its country code twice; else an empty text."""
    code, national = str(number.country_code), str(number.national_number)
    if not national.startswith(code):
        return ""
    inner = PhoneNumber(country_code=number.country_code, national_number=int(national[len(code) :] or "0"))
    if not phonenumbers.is_valid_number(inner):
        return ""
    return f": the country code {code} is there twice; send {_to_e164(inner)} if that is meant"


def _show(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.INTERNATIONAL)


def _to_e164(number: PhoneNumber) -> str:
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)
