"""Unlocking: who knows what only the recipient knows sees more of a shipment's page, for a day."""

import hashlib
from collections.abc import Mapping
from hmac import compare_digest

from django.conf import settings
from django.core.cache import cache
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpRequest, HttpResponse

from tracking.models import Shipment
from tracking.services.partners.recipients import read_contact
from tracking.tokens import hash_token

MAX_TRIES = 5
TRIES_LAST_S = 15 * 60
UNLOCKED_FOR_S = 24 * 3600
PHONE_DIGITS = 4
# Long enough that two shipments of one browser do not meet, and of no use to find a token by.
NAME_LETTERS = 8
_signer = TimestampSigner(salt="unlocked page")


def knows(booking: Shipment | None, secret: str) -> bool:
    """Whether the secret is the PIN code or ends the phone number; the same work when there is no booking."""
    given = "".join(letter for letter in secret if letter.isdigit())
    pin = booking.pin_code if booking else ""
    phone = read_contact(booking).phone[-PHONE_DIGITS:] if booking else ""
    right = [compare_digest(digest(given), digest(kept)) for kept in (pin, phone)]
    return bool(given) and any(right)


def take_try(keys: tuple[str, ...]) -> bool:
    """Count a try under each key; False once one of them has had its share."""
    counts = [_count(key) for key in keys]
    return max(counts) <= MAX_TRIES


def give_back(keys: tuple[str, ...]) -> None:
    """A right answer costs no try: a family behind one address may look up all its parcels."""
    for key in keys:
        try:
            cache.decr(key)
        except ValueError:
            continue


def name_tries(request: HttpRequest, subject: str) -> tuple[str, str]:
    """What tries are counted under: where they come from, and what they are about."""
    return f"unlock:address:{request.META.get('REMOTE_ADDR', '')}", f"unlock:subject:{digest(subject)}"


def remember(response: HttpResponse, token: str) -> HttpResponse:
    """Let the browser of this answer see the whole page from now on."""
    response.set_cookie(
        _name(token),
        _signer.sign(hash_token(token)),
        max_age=UNLOCKED_FOR_S,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
    return response


def is_unlocked(cookies: Mapping[str, str], token: str) -> bool:
    """Whether the browser with these cookies has unlocked the page within the last day."""
    try:
        kept = _signer.unsign(cookies.get(_name(token), ""), max_age=UNLOCKED_FOR_S)
    except BadSignature:
        return False
    return compare_digest(kept, hash_token(token))


def digest(text: str) -> str:
    """A fixed-length stand-in, so that neither keys nor comparisons tell anything of the text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _name(token: str) -> str:
    return f"unlocked_{hash_token(token)[:NAME_LETTERS]}"


def _count(key: str) -> int:
    cache.add(key, 0, TRIES_LAST_S)
    try:
        return int(cache.incr(key))
    except ValueError:
        # The key ended between the two calls: this is the first try of a new quarter of an hour.
        cache.set(key, 1, TRIES_LAST_S)
        return 1
