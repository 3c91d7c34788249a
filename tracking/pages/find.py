"""`/track/`: find a shipment by its number and something only its recipient knows; few tries, one answer."""

import hashlib
from hmac import compare_digest

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tracking.models import Shipment
from tracking.pages.customer import seal, show_missing, show_notice
from tracking.pages.words import say
from tracking.services.recipients import read_contact
from tracking.tokens import make_token

MAX_TRIES = 5
TRIES_LAST_S = 15 * 60
PHONE_DIGITS = 4


# Nothing is changed and no session is read; a token in the form would only make every body different.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """The form; a right pair of number and secret leads to the shipment's page."""
    if request.method != "POST":
        return _show_form(request)
    number = request.POST.get("number", "").strip()[:64]
    tries = (f"find:address:{request.META.get('REMOTE_ADDR', '')}", f"find:number:{_digest(number.upper())}")
    if not _take_try(tries):
        response = show_notice(request, "limited", status=429)
        response["Retry-After"] = str(TRIES_LAST_S)
        return response
    booking = Shipment.objects.filter(shipment_id=number).first()
    if not _knows(booking, request.POST.get("secret", "")) or booking is None:
        return show_missing(request, "missing.number")
    _give_back(tries)
    return seal(redirect("customer", token=make_token(booking.shipment_id, booking.token_n)))


def _show_form(request: HttpRequest) -> HttpResponse:
    told = {
        "state": "find",
        "h1": say("find.h1"),
        "lead": [say("find.lead")],
        "has_form": True,
    }
    return seal(render(request, "tracking/find.html", told))


def _knows(booking: Shipment | None, secret: str) -> bool:
    """Whether the secret is the PIN code or ends the phone number; the same work when there is no booking."""
    given = "".join(letter for letter in secret if letter.isdigit())
    pin = booking.pin_code if booking else ""
    phone = read_contact(booking).phone[-PHONE_DIGITS:] if booking else ""
    right = [compare_digest(_digest(given), _digest(kept)) for kept in (pin, phone)]
    return bool(given) and any(right)


def _take_try(keys: tuple[str, ...]) -> bool:
    """Count a try under each key; False once one of them has had its share."""
    counts = [_count(key) for key in keys]
    return max(counts) <= MAX_TRIES


def _count(key: str) -> int:
    cache.add(key, 0, TRIES_LAST_S)
    try:
        return int(cache.incr(key))
    except ValueError:
        # The key ended between the two calls: this is the first try of a new quarter of an hour.
        cache.set(key, 1, TRIES_LAST_S)
        return 1


def _give_back(keys: tuple[str, ...]) -> None:
    """A right answer costs no try: a family behind one address may look up all its parcels."""
    for key in keys:
        try:
            cache.decr(key)
        except ValueError:
            continue


def _digest(text: str) -> str:
    """A fixed-length stand-in, so that neither keys nor comparisons tell anything of the text."""
    return hashlib.sha256(text.encode()).hexdigest()
