"""Views of the customer's page behind a link with a token; the page's socket keeps it current."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tracking.api.methods import read_only
from tracking.api.proofs import answer_picture
from tracking.domain.errors import TransientError
from tracking.pages.calendar_entry import write_calendar
from tracking.pages.customer_page import (
    TEMPLATE,
    build_locked,
    build_unlocked,
    format_limit,
    render_again,
)
from tracking.pages.guessing import count_right, count_try, list_secret_limits
from tracking.pages.links import (
    LinkEndedError,
    NoSuchLinkError,
    follow_link,
    open_link,
    set_no_store,
    set_private,
)
from tracking.pages.page_etag import make_page_etag
from tracking.pages.page_secret import find_secret, is_right_secret
from tracking.pages.sender import describe_sender
from tracking.pages.texts import render_text
from tracking.pages.unlocking import is_unlocked, set_unlock_cookie
from tracking.services.partners.proofs import find_proof
from tracking.services.requests.refusals import UnknownError

# Longest secret that is shown again after a wrong try.
MAX_TYPED = 40


@read_only
def show(request: HttpRequest, token: str) -> HttpResponse:
    """Answer with the page (200), 304, or a page for 404 or 410."""
    found = open_link(request, token)
    if isinstance(found, HttpResponse):
        return found
    if is_unlocked(request.COOKIES, token, found.booking):
        return set_no_store(render(request, TEMPLATE, build_unlocked(found, token)))
    return _answer_conditionally(request, found.answer["state_version"], build_locked(found, token))


# No session is read, so a forged request gains nothing: only the posted secret unlocks the page.
@csrf_exempt
@require_POST
def unlock(request: HttpRequest, token: str) -> HttpResponse:
    """Unlock the page in this browser for a day by the secret of its booking.

    A wrong secret and a limit are said at the field (422 and 429); a right one leads back to the same card.
    """
    found = open_link(request, token)
    if isinstance(found, HttpResponse):
        return found
    typed = request.POST.get("secret", "")[:MAX_TYPED]
    limits = list_secret_limits("link", found.booking.shipment_id, request.META.get("REMOTE_ADDR", ""))
    if refused := count_try(limits):
        context = build_locked(found, token, typed, format_limit(refused))
        return render_again(request, context, 429, refused)
    if not is_right_secret(find_secret(found.booking), typed):
        context = build_locked(found, token, typed, render_text("page.private.wrong"))
        return render_again(request, context, 422)
    count_right(limits)
    path = f"{reverse('customer', args=[token])}#private"
    return set_unlock_cookie(set_no_store(redirect(path)), token, found.booking)


@read_only
def show_calendar(request: HttpRequest, token: str) -> HttpResponse:
    """Answer with the arrival window as a calendar file, or lead to the page if there is no window."""
    found = open_link(request, token)
    if isinstance(found, HttpResponse):
        return found
    path = reverse("customer", args=[token])
    sender = describe_sender(found.booking)
    link, name = f"{settings.PUBLIC_URL}{path}", sender.name if sender else ""
    entry = write_calendar(found.answer, link, name, timezone.now())
    if entry is None:
        return set_private(redirect(path))
    return set_private(HttpResponse(entry, content_type="text/calendar; charset=utf-8"))


@read_only
def show_proof(request: HttpRequest, token: str, proof_id: str) -> HttpResponse:
    """Answer with a proof-of-delivery picture, if the browser has unlocked the page; else 404."""
    try:
        booking = follow_link(token, timezone.now()).booking
        proof = find_proof(booking, proof_id) if is_unlocked(request.COOKIES, token, booking) else None
        return answer_picture(proof) if proof else set_private(HttpResponse(status=404))
    except (NoSuchLinkError, LinkEndedError, UnknownError):
        return set_private(HttpResponse(status=404))
    except TransientError:
        return set_private(HttpResponse(status=503))


def _answer_conditionally(request: HttpRequest, version: int, context: dict[str, Any]) -> HttpResponse:
    """Answer with the page, or 304 if the browser has it: without rendering it, which is most of the cost."""
    etag = make_page_etag(version, context)
    response = get_conditional_response(request, etag=etag) or render(request, TEMPLATE, context)
    set_private(response)["ETag"] = etag
    return response
