"""Find bookings by a tracking number as people type, read out or paste it."""

import re
import unicodedata

from tracking.domain.payload import is_id
from tracking.domain.typed_text import strip_invisible, to_ascii_digits
from tracking.models import Shipment

MAX_TYPED = 200
# Ids that differ only in case or dashes are rare; further ones are not looked at.
MAX_FOUND = 3
_NOT_PLAIN = re.compile(r"[^A-Z0-9]+")


def make_plain(typed: str) -> str:
    """Return the letters and digits of a typed number, in upper case: what two spellings of an id share."""
    text = unicodedata.normalize("NFKC", to_ascii_digits(typed[:MAX_TYPED]))
    return _NOT_PLAIN.sub("", text.upper())


def find_bookings(typed: str) -> list[Shipment]:
    """Return the booking with exactly this id; else those whose id has the same letters and digits.

    Case, spaces, dashes, `#` and characters that cannot be seen do not matter. Returns at most `MAX_FOUND`,
    newest first.
    """
    shipment_id = strip_invisible(typed[:MAX_TYPED])
    exact = Shipment.objects.filter(shipment_id=shipment_id).first() if is_id(shipment_id) else None
    if exact is not None:
        return [exact]
    plain = make_plain(typed)
    if not plain:
        return []
    return list(Shipment.objects.filter(plain_id=plain).order_by("-pk")[:MAX_FOUND])
