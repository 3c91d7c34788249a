"""`POST /t/{token}/requests/`: what the recipient asks for, or a rating, from a page that is unlocked."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tracking.pages.links import Found, open_link, seal_whole, show_limited
from tracking.pages.unlocking import digest, is_unlocked, take_try
from tracking.ports import ports
from tracking.services.operations.customer_requests import (
    CUSTOMER_REQUESTS,
    RATINGS,
    record_rating,
    record_request,
)

WORDS_LENGTH = 120


# The page's own cookie lets nobody in from another site: it is sent with same-site requests alone.
@csrf_exempt
@require_POST
def take(request: HttpRequest, token: str) -> HttpResponse:
    """Pass the wish on and show the page again; a locked page takes nothing."""
    found = open_link(request, token)
    if isinstance(found, HttpResponse):
        return found
    if is_unlocked(request.COOKIES, token):
        if not take_try((f"wish:{digest(token)}",)):
            return show_limited(request)
        _take(request, found)
    return seal_whole(redirect("customer", token=token))


def _take(request: HttpRequest, found: Found) -> None:
    kind, rating = request.POST.get("kind", ""), request.POST.get("rating", "")
    if rating in map(str, RATINGS):
        record_rating(found.booking, int(rating))
    wish = next((wish for wish in CUSTOMER_REQUESTS if wish == kind), None)
    if wish is not None:
        words = request.POST.get("words", "")[:WORDS_LENGTH]
        record_request(ports().live, found.booking, wish, words, found.answer["status"], timezone.now())
