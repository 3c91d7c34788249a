"""`/track/`: find a shipment by its number and something only its recipient knows; few tries, one answer."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tracking.models import Shipment
from tracking.pages.links import seal, show_limited, show_missing
from tracking.pages.unlocking import give_back, knows, name_tries, remember, take_try
from tracking.pages.words import say
from tracking.tokens import make_token


# Nothing is changed and no session is read; a token in the form would only make every body different.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """The form; a right pair of number and secret leads to the shipment's page, unlocked."""
    if request.method != "POST":
        return _show_form(request)
    number = request.POST.get("number", "").strip()[:64]
    tries = name_tries(request, number.upper())
    if not take_try(tries):
        return show_limited(request)
    booking = Shipment.objects.filter(shipment_id=number).first()
    if not knows(booking, request.POST.get("secret", "")) or booking is None:
        return show_missing(request, "missing.number")
    give_back(tries)
    token = make_token(booking.shipment_id, booking.token_n)
    return remember(seal(redirect("customer", token=token)), token)


def _show_form(request: HttpRequest) -> HttpResponse:
    told = {
        "state": "find",
        "h1": say("find.h1"),
        "lead": [say("find.lead")],
        "has_form": True,
    }
    return seal(render(request, "tracking/find.html", told))
