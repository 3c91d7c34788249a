"""`/track/`: find a shipment by its number and the recipient's secret, with a limit on tries.

The answer is the same for a wrong number and for a wrong secret, so that numbers cannot be guessed.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from tracking.models import Shipment
from tracking.pages.guessing import count_right, count_try, list_secret_limits
from tracking.pages.links import render_limited, render_missing, set_private
from tracking.pages.page_secret import find_secret, is_right_secret
from tracking.pages.texts import render_text
from tracking.pages.unlocking import set_unlock_cookie
from tracking.services.reading.typed_numbers import find_bookings, make_plain
from tracking.tokens import make_token


# Nothing is changed and no session is read, so no CSRF token is needed; one would make each body different.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponse:
    """Show the form; a right pair of number and secret redirects to the shipment's page, unlocked."""
    if request.method != "POST":
        return _render_form(request)
    typed, secret = request.POST.get("number", ""), request.POST.get("secret", "")
    found = find_bookings(typed)
    subject = found[0].shipment_id if found else make_plain(typed)
    limits = list_secret_limits("number", subject, request.META.get("REMOTE_ADDR", ""))
    if refused := count_try(limits):
        return render_limited(request, refused)
    # Without a booking a secret is compared too, so that the time taken does not reveal if one exists.
    tried: list[Shipment | None] = [*found] or [None]
    booking = next((each for each in tried if is_right_secret(find_secret(each), secret)), None)
    if booking is None:
        return render_missing(request, "missing.number")
    count_right(limits)
    token = make_token(booking.shipment_id, booking.token_n)
    return set_unlock_cookie(set_private(redirect("customer", token=token)), token, booking)


def _render_form(request: HttpRequest) -> HttpResponse:
    context = {
        "state": "find",
        "h1": render_text("find.h1"),
        "lead": [render_text("find.lead")],
        "has_form": True,
        "secret_kind": "any",
    }
    return set_private(render(request, "tracking/find.html", context))
