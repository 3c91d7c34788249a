"""Secret that unlocks a page: the last digits of the phone number, else PIN code and letter of the name.

The PIN code alone is not a secret: the page names the hub, and a hub serves a few PIN codes.
"""

import hashlib
import unicodedata
from hmac import compare_digest
from typing import Literal, NamedTuple

from tracking.models import Shipment
from tracking.services.partners.recipients import Contact, read_contact

PHONE_DIGITS = 4
SecretKind = Literal["phone", "pin"]


class Secret(NamedTuple):
    """Digits that unlock a page, and the letter that must stand beside a PIN code."""

    kind: SecretKind
    digits: str
    letter: str = ""


def find_secret(booking: Shipment | None) -> Secret | None:
    """Return the secret of a booking; None if it has none, as after its recipient is erased."""
    return _choose_secret(booking.pin_code, read_contact(booking)) if booking else None


def is_right_secret(secret: Secret | None, given: str) -> bool:
    """Return whether the text holds the secret. Digits and letters of every script count.

    Without a secret the same work is done, so that the time taken does not reveal if one exists.
    """
    expected = secret or Secret("phone", "")
    given_parts = _read_digits(given), _read_letter(given) if expected.kind == "pin" else ""
    kept_parts = expected.digits, expected.letter
    right = [
        compare_digest(digest(one), digest(other)) for one, other in zip(given_parts, kept_parts, strict=True)
    ]
    return all(right) and secret is not None


def identify_recipient(booking: Shipment) -> str:
    """Return a hash that changes when the PIN code, the phone number or the name of a recipient changes."""
    contact = read_contact(booking)
    return digest(f"{booking.pin_code}\n{contact.phone}\n{contact.name}")


def digest(text: str) -> str:
    """Return a hash of fixed length, so that neither keys nor comparisons reveal the text."""
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _choose_secret(pin_code: str, contact: Contact) -> Secret | None:
    if phone := _read_digits(contact.phone):
        return Secret("phone", phone[-PHONE_DIGITS:])
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
