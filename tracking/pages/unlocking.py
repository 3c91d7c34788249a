"""Unlocking: the PIN code or the end of the phone number shows more of a shipment's page, for a day."""

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
# Long enough that two shipments of one browser do not meet, and too short to find a token by.
NAME_LETTERS = 8
_signer = TimestampSigner(salt="unlocked page")


def is_right_secret(booking: Shipment | None, secret: str) -> bool:
    """Whether the secret is the PIN code or ends the phone number; the same work when there is no booking."""
    given = "".join(letter for letter in secret if letter.isdigit())
    pin = booking.pin_code if booking else ""
    phone = read_contact(booking).phone[-PHONE_DIGITS:] if booking else ""
    right = [compare_digest(digest(given), digest(kept)) for kept in (pin, phone)]
    return bool(given) and any(right)


def count_try(keys: tuple[str, ...]) -> bool:
    """Count a try under each key; False once one of them is over the limit."""
    counts = [_count(key) for key in keys]
    return max(counts) <= MAX_TRIES


def refund_try(keys: tuple[str, ...]) -> None:
    """Take a counted try back: a right secret costs none, so a family may open all its parcels."""
    for key in keys:
        try:
            cache.decr(key)
        except ValueError:
            continue


def try_keys(request: HttpRequest, subject: str) -> tuple[str, str]:
    """The keys tries are counted under: the address they come from, and the subject they are about."""
    return f"unlock:address:{request.META.get('REMOTE_ADDR', '')}", f"unlock:subject:{digest(subject)}"


def set_unlock_cookie(response: HttpResponse, token: str) -> HttpResponse:
    """Set the cookie that unlocks the page in this browser."""
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
    """A hash of fixed length, so that neither keys nor comparisons reveal the text."""
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
