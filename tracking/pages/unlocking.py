"""Cookie of an unlocked page: it lasts a day, and ends when the recipient or the secret changes."""

from collections.abc import Mapping

from django.conf import settings
from django.core.signing import BadSignature, TimestampSigner
from django.http import HttpResponse

from tracking.models import Shipment
from tracking.pages.page_secret import identify_recipient
from tracking.tokens import hash_token

UNLOCKED_FOR_S = 24 * 3600
UNLOCKED = "unlocked"
# Long enough that two shipments of one browser do not collide, too short to recover a token from.
NAME_LETTERS = 8


def set_unlock_cookie(response: HttpResponse, token: str, booking: Shipment) -> HttpResponse:
    """Set the cookie that unlocks the page of a booking in this browser."""
    response.set_cookie(
        _name(token),
        _make_signer(token, booking).sign(UNLOCKED),
        max_age=UNLOCKED_FOR_S,
        secure=settings.HTTPS,
        httponly=True,
        samesite="Lax",
    )
    return response


def is_unlocked(cookies: Mapping[str, str], token: str, booking: Shipment) -> bool:
    """Return whether the browser with these cookies has unlocked the page within the last day.

    Reads the recipient only if there is a cookie of this page.
    """
    kept = cookies.get(_name(token))
    if kept is None:
        return False
    try:
        return _make_signer(token, booking).unsign(kept, max_age=UNLOCKED_FOR_S) == UNLOCKED
    except BadSignature:
        return False


def _make_signer(token: str, booking: Shipment) -> TimestampSigner:
    """Make a signer whose signatures hold for this page and its present recipient only."""
    return TimestampSigner(salt=f"unlocked page:{hash_token(token)}:{identify_recipient(booking)}")


def _name(token: str) -> str:
    return f"unlocked_{hash_token(token)[:NAME_LETTERS]}"
