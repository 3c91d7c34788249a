"""Secret that unlocks a page: the end of the phone number or all of it, else PIN code and letter of the name.

The PIN code alone is not a secret: the page names the hub, and a hub serves a few PIN codes.
"""

import hashlib
import unicodedata
from hmac import compare_digest
from typing import Literal, NamedTuple

from tracking.models import Shipment
from tracking.services.partners.recipients import Contact, read_contact

PHONE_DIGITS = 4
# A number without its country code; shorter texts are the last digits, or mistyped.
WHOLE_PHONE_DIGITS = 10
PIN_DIGITS = 6
SecretKind = Literal["phone", "pin"]
SecretMistake = Literal["missing", "letter", "digits"]


class Secret(NamedTuple):
    """Digits of the phone number, or of the PIN code with the letter that must stand beside it."""

    kind: SecretKind
    digits: str
    letter: str = ""


def find_secret(booking: Shipment | None) -> Secret | None:
    """Return the secret of a booking; None if it has none, as after its recipient is erased."""
    return _choose_secret(booking.pin_code, read_contact(booking)) if booking else None


def is_right_secret(secret: Secret | None, given: str) -> bool:
    """Return whether the text holds the secret. Digits and letters of every script count.

    The whole phone number is right too, with or without its country code and zeros before it.
    Without a secret the same work is done, so that the time taken does not reveal if one exists.
    """
    expected = secret or Secret("phone", "")
    digits = _read_digits(given)
    if expected.kind == "pin":
        given_parts, kept_parts = (digits, _read_letter(given)), (expected.digits, expected.letter)
    else:
        number = digits.lstrip("0")
        is_whole = len(number) >= WHOLE_PHONE_DIGITS
        kept = expected.digits[-len(number) :] if is_whole else expected.digits[-PHONE_DIGITS:]
        given_parts, kept_parts = (number if is_whole else digits, ""), (kept, "")
    right = [
        compare_digest(digest(one), digest(other)) for one, other in zip(given_parts, kept_parts, strict=True)
    ]
    return all(right) and secret is not None


def find_mistake(given: str) -> SecretMistake | None:
    """Return what is wrong with the form of a typed secret; None for one that a booking may have."""
    digits = len(_read_digits(given))
    if digits == 0:
        return "missing"
    if digits == PIN_DIGITS and not _read_letter(given):
        return "letter"
    is_possible = digits in {PHONE_DIGITS, PIN_DIGITS} or digits >= WHOLE_PHONE_DIGITS
    return None if is_possible else "digits"


def identify_recipient(booking: Shipment) -> str:
    """Return a hash that changes when the PIN code, the phone number or the name of a recipient changes."""
    contact = read_contact(booking)
    return digest(f"{booking.pin_code}\n{contact.phone}\n{contact.name}")


def digest(text: str) -> str:
    """Return a hash of fixed length, so that neither keys nor comparisons reveal the text."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _choose_secret(pin_code: str, contact: Contact) -> Secret | None:
    if phone := _read_digits(contact.phone):
        return Secret("phone", phone)
    letter = _read_letter(contact.name)
    return Secret("pin", pin_code, letter) if pin_code and letter else None


def _read_digits(text: str) -> str:
    """Return the digits of a text as ASCII: `२३४५` is `2345`."""
    values = (unicodedata.digit(character, None) for character in text)
    return "".join(str(value) for value in values if value is not None)


def _read_letter(text: str) -> str:
    """Return the first letter of a text in lower case and without accents; empty if it has none."""
    plain = unicodedata.normalize("NFKD", text)
    letter = next((character for character in plain if character.isalpha()), "")
    return letter.casefold()
