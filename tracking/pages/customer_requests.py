"""`POST /t/{token}/requests/`: a customer request or a rating, from an unlocked page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tracking.pages.links import Found, open_link, render_limited, set_no_store
from tracking.pages.unlocking import count_try, digest, is_unlocked
from tracking.ports import ports
from tracking.services.operations.customer_requests import (
    CUSTOMER_REQUESTS,
    RATINGS,
    record_rating,
    record_request,
)

NOTE_LENGTH = 120


# No CSRF token is needed: the browser sends the unlock cookie with same-site requests only.
@csrf_exempt
@require_POST
def take_request(request: HttpRequest, token: str) -> HttpResponse:
    """Record the request or rating, then redirect to the page; ignored if the page is locked."""
    found = open_link(request, token)
    if isinstance(found, HttpResponse):
        return found
    if is_unlocked(request.COOKIES, token):
        if not count_try((f"wish:{digest(token)}",)):
            return render_limited(request)
        _take(request, found)
    return set_no_store(redirect("customer", token=token))


def _take(request: HttpRequest, found: Found) -> None:
    kind, rating = request.POST.get("kind", ""), request.POST.get("rating", "")
    if rating in map(str, RATINGS):
        record_rating(found.booking, int(rating))
    wanted = next((request for request in CUSTOMER_REQUESTS if request == kind), None)
    if wanted is not None:
        note = request.POST.get("words", "")[:NOTE_LENGTH]
        record_request(ports().live, found.booking, wanted, note, found.answer["status"], timezone.now())
