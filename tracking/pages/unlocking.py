"""Unlocking: the PIN code or the last digits of the phone number show the whole page for a day."""

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
# Long enough that two shipments of one browser do not collide, too short to recover a token from.
NAME_LETTERS = 8
_signer = TimestampSigner(salt="unlocked page")


def is_right_secret(booking: Shipment | None, secret: str) -> bool:
    """Return whether the secret is the PIN code or the last digits of the phone number.

    Without a booking the same work is done, so that the time taken does not reveal if one exists.
    """
    given = "".join(letter for letter in secret if letter.isdigit())
    pin = booking.pin_code if booking else ""
    phone = read_contact(booking).phone[-PHONE_DIGITS:] if booking else ""
    right = [compare_digest(digest(given), digest(kept)) for kept in (pin, phone)]
    return bool(given) and any(right)


def count_try(keys: tuple[str, ...]) -> bool:
    """Count a try under each key; return False if one of them is over the limit."""
    counts = [_count(key) for key in keys]
    return max(counts) <= MAX_TRIES


def refund_try(keys: tuple[str, ...]) -> None:
    """Undo a counted try: a right secret costs none, so a household may open all its parcels."""
    for key in keys:
        try:
            cache.decr(key)
        except ValueError:
            continue


def try_keys(request: HttpRequest, subject: str) -> tuple[str, str]:
    """Return the cache keys that tries are counted under: the client's address and the subject."""
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
    """Return whether the browser with these cookies has unlocked the page within the last day."""
    try:
        kept = _signer.unsign(cookies.get(_name(token), ""), max_age=UNLOCKED_FOR_S)
    except BadSignature:
        return False
    return compare_digest(kept, hash_token(token))


def digest(text: str) -> str:
    """Return a hash of fixed length, so that neither keys nor comparisons reveal the text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _name(token: str) -> str:
    return f"unlocked_{hash_token(token)[:NAME_LETTERS]}"


def _count(key: str) -> int:
    cache.add(key, 0, TRIES_LAST_S)
    try:
        return int(cache.incr(key))
    except ValueError:
        # The key expired between the two calls: this is the first try of a new period.
        cache.set(key, 1, TRIES_LAST_S)
        return 1
