"""Find bookings by a tracking number, order number or link as people type, read out or paste it."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from itertools import product

from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Concat
from stdnum import luhn

from tracking.domain.payload import LIVE_PREFIX, TEST_PREFIX, is_id
from tracking.domain.typed_text import strip_invisible, to_ascii_digits
from tracking.models import Shipment
from tracking.shipment_ids import ID_LETTERS, RANDOM_LETTERS
from tracking.tokens import hash_token

MAX_TYPED = 300
# Bookings with the same letters and digits are rare; further ones are not looked at.
MAX_FOUND = 3
# So many matches of a beginning are named one by one.
FEW = 1000
# An own id with more misread characters than this is not repaired.
MAX_MISREAD = 4
_NOT_PLAIN = re.compile(r"[^A-Z0-9]+")
_TOKEN = re.compile(r"/t/([A-Za-z0-9_-]{22})(?![A-Za-z0-9_-])")
_PUBLIC_LINK = re.compile(r"/tracking/([A-Za-z0-9._-]{1,64})")
_PREFIXES = "|".join(prefix.replace("L", "[LI1]") for prefix in (LIVE_PREFIX, TEST_PREFIX))
_OWN_ID = re.compile(rf"({_PREFIXES})([A-Z0-9]{{{RANDOM_LETTERS + 1}}})")
# What people copy together with the number.
_LABEL = re.compile(
    r"^\W*(?:your\s+)?(?:order|awb|tracking|shipment|consignment|docket|reference|ref)\b"
    r"(?:\s*(?:number|no|id)\b)?\W*",
    re.IGNORECASE,
)
# Characters that own ids do not have, and those for which they are misread.
_MISREAD = {"O": "DQ", "0": "DQ", "I": "L", "1": "L", "U": "V"}
# Letters before a run of digits, in which O, I and L were typed for 0 and 1.
_DIGITS_AT_END = re.compile(r"([A-Z]*?)([0-9OIL]*[0-9][0-9OIL]*)")
_AS_DIGITS = str.maketrans("OIL", "011")
_AS_L = str.maketrans("I1", "LL")


def make_plain(typed: str) -> str:
    """Return the letters and digits of a typed number, in upper case: what two spellings of an id share."""
    text = unicodedata.normalize("NFKC", to_ascii_digits(typed[:MAX_TYPED]))
    return _NOT_PLAIN.sub("", text.upper())


def find_bookings(typed: str) -> list[Shipment]:
    """Return the bookings that a typed text means, by the first that finds any of the following.

    The link to a page, exactly this id, an id with the same letters and digits, an order number with the same
    letters and digits. Case, spaces, dashes, `#` and characters that cannot be seen do not matter, nor do
    O for 0 where only one of them can be meant. Returns at most `MAX_FOUND`, newest first. All queries are
    made for every text, so that the time taken does not reveal whether a number exists.
    """
    token = _TOKEN.search(typed[:MAX_TYPED])
    shipment_id = _read_id(typed)
    spellings = list_spellings(typed)
    bookings = Shipment.objects.order_by("-pk")
    searches = (
        bookings.filter(token_sha256=hash_token(token[1] if token else "")),
        bookings.filter(shipment_id=shipment_id),
        bookings.filter(plain_id__in=spellings),
        bookings.filter(plain_reference__in=spellings),
    )
    by_link, by_id, by_plain_id, by_reference = (list(search[: 2 * MAX_FOUND]) for search in searches)
    ranked = (
        by_link,
        by_id,
        _keep_first_spelling(spellings, [(row.plain_id, row) for row in by_plain_id]),
        _keep_first_spelling(spellings, [(row.plain_reference, row) for row in by_reference]),
    )
    return next((found for found in ranked if found), [])[:MAX_FOUND]


def list_spellings(typed: str) -> list[str]:
    """Return the plain texts that a typed text may stand for, the most literal first; never an empty list."""
    text = strip_invisible(typed[:MAX_TYPED])
    literal = [make_plain(text), make_plain(_LABEL.sub("", text))]
    own = [match[0] for match in _OWN_ID.finditer(literal[0])]
    found = [*literal, *(each for plain in (*literal, *own) for each in _list_misread(plain))]
    # Bookings without an order number have an empty plain text, which no typed text may find.
    return list(dict.fromkeys(plain for plain in [*own, *found] if plain)) or ["-"]


def begins_with(column: str, plain: str) -> Q:
    """Return the condition as a range, which every index serves. `plain` has letters A to Z and digits."""
    end = _find_end(plain)
    last = Q(**{f"{column}__lt": end}) if end else Q(**{f"{column}__startswith": plain})
    return Q(**{f"{column}__gte": plain}) & last


def narrow_to_beginning(
    found: QuerySet[Shipment], plain: str, also: Iterable[int] = ()
) -> QuerySet[Shipment]:
    """Return those whose number or reference begins with these letters and digits, and those of keys `also`.

    Few rows are named one by one. Many are soon met in the order of the list, so no index is used then: it
    would give all of them, to be sorted.
    """
    ranges = [begins_with(column, plain) for column in ("plain_id", "plain_reference")]
    keys = [Shipment.objects.filter(one).values_list("pk", flat=True)[: FEW + 1] for one in ranges]
    few = {key for some in keys for key in some} | set(also)
    if len(few) <= FEW:
        return found.filter(pk__in=few)
    read = {"read_id": Concat("plain_id", Value("")), "read_reference": Concat("plain_reference", Value(""))}
    begins = begins_with("read_id", plain) | begins_with("read_reference", plain)
    return found.alias(**read).filter(begins | Q(pk__in=set(also)))


def _find_end(plain: str) -> str:
    """Return the first text after all that begin with `plain`; empty if nothing comes after them."""
    kept = plain.rstrip("Z")
    if not kept:
        return ""
    return kept[:-1] + ("A" if kept[-1] == "9" else chr(ord(kept[-1]) + 1))


def _read_id(typed: str) -> str:
    """Return the id that was typed exactly or is in a public link; empty if it is none."""
    link = _PUBLIC_LINK.search(typed[:MAX_TYPED])
    shipment_id = link[1] if link else strip_invisible(typed[:MAX_TYPED])
    return shipment_id if is_id(shipment_id) else ""


def _list_misread(plain: str) -> Iterator[str]:
    """Yield what was meant by characters that the number cannot have."""
    own = _OWN_ID.fullmatch(plain)
    if own is None:
        if digits := _DIGITS_AT_END.fullmatch(plain):
            yield digits[1] + digits[2].translate(_AS_DIGITS)
        return
    prefix, letters = own[1].translate(_AS_L), own[2]
    if sum(letter not in ID_LETTERS for letter in letters) > MAX_MISREAD:
        return
    for meant in map("".join, product(*(_MISREAD.get(letter, letter) for letter in letters))):
        # The check character decides which of two letters was misread.
        if set(meant) <= set(ID_LETTERS) and luhn.is_valid(meant, alphabet=ID_LETTERS):
            yield prefix + meant


def _keep_first_spelling(spellings: list[str], rows: list[tuple[str, Shipment]]) -> list[Shipment]:
    """Return the rows of the first spelling that has any."""
    by_spelling = ([row for plain, row in rows if plain == spelling] for spelling in spellings)
    return next((found for found in by_spelling if found), [])
