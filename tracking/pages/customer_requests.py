"""`POST /t/{token}/requests/`: a customer request or a rating, from an unlocked page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tracking.pages.guessing import count_try, limit_requests
from tracking.pages.links import Found, open_link, render_limited, set_no_store
from tracking.pages.unlocking import is_unlocked
from tracking.ports import ports
from tracking.services.operations.customer_requests import (
    RATINGS,
    list_choices,
    may_rate,
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
    if is_unlocked(request.COOKIES, token, found.booking):
        if refused := count_try([limit_requests(token)]):
            return render_limited(request, refused)
        _take(request, found)
    return set_no_store(redirect("customer", token=token))


def _take(request: HttpRequest, found: Found) -> None:
    """Record what the page offers in the present status; ignore everything else."""
    kind, rating = request.POST.get("kind", ""), request.POST.get("rating", "")
    status = found.answer["status"]
    if rating in map(str, RATINGS) and may_rate(status):
        record_rating(found.booking, int(rating))
    wanted = next((choice for choice in list_choices(status) if choice == kind), None)
    if wanted is not None:
        note = request.POST.get("words", "")[:NOTE_LENGTH]
        record_request(ports().live, found.booking, wanted, note, status, timezone.now())
