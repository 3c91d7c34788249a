"""Masking of personal data in free text: notes, and lines of the log."""

import re

from tracking.domain.typed_text import DASHES, to_ascii_digits

MASK = "•••"
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_LONG_NUMBER = re.compile(r"\d{6,}")
# Between the groups of a phone number: spaces, dots, brackets, dashes, invisible characters.
_GAP = rf"[\s.()_{DASHES}\u00ad\u200b-\u200f\u2060\ufeff]{{0,4}}"
_COUNTRY = rf"(?:(?:\+|0{_GAP}0){_GAP}|0{_GAP})?9{_GAP}1"
# A mobile number of India, with or without 0 or +91 before it.
_MOBILE = rf"(?:{_COUNTRY}{_GAP})?(?:0{_GAP})?[6-9](?:{_GAP}\d){{9}}(?!\d)"
# A landline of India: 0, area code and number, eleven digits in all.
_LANDLINE = rf"0{_GAP}[1-8](?:{_GAP}\d){{9}}(?!\d)"
_INTERNATIONAL = rf"\+{_GAP}\d(?:{_GAP}\d){{7,14}}(?!\d)"
_PHONE = re.compile(rf"(?<!\d)(?:{_INTERNATIONAL}|{_MOBILE}|{_LANDLINE})")


def mask_text(text: str | None) -> str | None:
    """Return the text with e-mail addresses, phone numbers and numbers from six digits on masked.

    Phone numbers are found in digits of any script, with spaces, dots, brackets or dashes between them.
    """
    if text is None:
        return None
    text = _EMAIL.sub(MASK, text)
    for pattern in (_PHONE, _LONG_NUMBER):
        text = _mask(pattern, text)
    return text


def _mask(pattern: re.Pattern[str], text: str) -> str:
    """Replace what the pattern finds in the text with ASCII digits, which has the same length."""
    parts, end = [], 0
    for match in pattern.finditer(to_ascii_digits(text)):
        parts += [text[end : match.start()], MASK]
        end = match.end()
    return "".join([*parts, text[end:]])
