"""`POST /t/{token}/requests/`: a customer request, its withdrawal or a rating, from an unlocked page."""

from collections.abc import Iterable
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tracking.domain.indian_time import write_day
from tracking.pages.actions import Sent, find_mistake
from tracking.pages.customer_page import build_unlocked, render_again
from tracking.pages.delivery_days import list_delivery_days
from tracking.pages.guessing import count_try, limit_requests
from tracking.pages.links import Found, open_link, set_no_store
from tracking.pages.texts import render_first, render_text
from tracking.pages.unlocking import is_unlocked
from tracking.ports import ports
from tracking.services.operations.customer_requests import (
    RATINGS,
    TooLateToWithdrawError,
    list_choices,
    may_rate,
    record_rating,
    record_request,
    withdraw_request,
)
from tracking.services.operations.request_words import CUSTOMER_REQUESTS, CustomerRequest

NOTE_LENGTH = 120
# Elements of the page that show the result and get the focus.
RATED, ASKED, WITHDRAWN, CARD = "rated", "asked", "withdrawn", "private"


# No CSRF token is needed: the browser sends the unlock cookie with same-site requests only.
@csrf_exempt
@require_POST
def take_request(request: HttpRequest, token: str) -> HttpResponse:
    """Record what was sent, then lead back to where the page says so; ignored if the page is locked.

    A request with a mistake gets the page again with the error at its field (422), one too many 429, and a
    withdrawal that comes too late 409.
    """
    found = open_link(request, token)
    if isinstance(found, HttpResponse):
        return found
    if not is_unlocked(request.COOKIES, token, found.booking):
        return _lead_back(token, CARD)
    sent = _read(request)
    if refused := count_try([limit_requests(token)]):
        sent = sent._replace(error=render_text("action.limited"))
        return render_again(request, build_unlocked(found, token, sent), 429, refused)
    if (withdrawn := _find(CUSTOMER_REQUESTS, request.POST.get("withdraw", ""))) is not None:
        return _withdraw(request, token, found, withdrawn)
    kind = _find(list_choices(found.answer["status"]), sent.kind)
    if kind is None:
        return _lead_back(token, RATED if _take_rating(request, found) else CARD)
    days = list_delivery_days(found.booking, found.answer, timezone.now())
    if mistake := find_mistake(kind, sent.words, sent.day, days):
        return render_again(request, build_unlocked(found, token, sent._replace(error=mistake)), 422)
    _record(found, kind, sent)
    return _lead_back(token, ASKED)


def _read(request: HttpRequest) -> Sent:
    posted = request.POST
    words = posted.get("words", "")[:NOTE_LENGTH]
    return Sent(kind=posted.get("kind", ""), words=words, day=posted.get("day", ""))


def _find(choices: Iterable[CustomerRequest], name: str) -> CustomerRequest | None:
    return next((choice for choice in choices if choice == name), None)


def _withdraw(request: HttpRequest, token: str, found: Found, kind: CustomerRequest) -> HttpResponse:
    status = found.answer["status"]
    try:
        withdraw_request(ports().live, found.booking, kind, status, timezone.now())
    except TooLateToWithdrawError:
        refused = Sent(kind="", error=render_first(f"action.late.{status}", "action.late"))
        return render_again(request, build_unlocked(found, token, refused), 409)
    return _lead_back(token, WITHDRAWN)


def _take_rating(request: HttpRequest, found: Found) -> bool:
    """Record the rating, if there is one and it may be given now; return whether it was."""
    rating = request.POST.get("rating", "")
    is_taken = rating in map(str, RATINGS) and may_rate(found.answer["status"])
    if is_taken:
        record_rating(found.booking, int(rating))
    return is_taken


def _record(found: Found, kind: CustomerRequest, sent: Sent) -> None:
    day = write_day(date.fromisoformat(sent.day)) if kind == "other_day" else ""
    words = ". ".join(part for part in (day, sent.words.strip()) if part)
    record_request(ports().live, found.booking, kind, words, found.answer["status"], timezone.now())


def _lead_back(token: str, place: str) -> HttpResponse:
    """Redirect to an element of the page: the browser shows it and gives it the focus."""
    return set_no_store(redirect(f"{reverse('customer', args=[token])}#{place}"))
