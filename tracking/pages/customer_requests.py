"""`POST /t/{token}/requests/`: what the recipient asks for, or a rating, from an unlocked page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tracking.pages.links import Found, open_link, render_limited, set_no_store
from tracking.pages.unlocking import count_try, digest, is_unlocked
from tracking.services.operations.customer_requests import RATINGS, WISHES, pass_on, rate

NOTE_LENGTH = 120


# No CSRF token is needed: the page's own cookie is sent with same-site requests alone.
@csrf_exempt
@require_POST
def take_request(request: HttpRequest, token: str) -> HttpResponse:
    """Pass the request on and show the page again; a locked page takes nothing."""
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
        rate(found.booking, int(rating))
    wish = next((wish for wish in WISHES if wish == kind), None)
    if wish is not None:
        note = request.POST.get("words", "")[:NOTE_LENGTH]
        pass_on(found.booking, wish, note, found.answer["status"], timezone.now())
