"""Views of the customer's page behind a link with a token; the page's socket keeps it current."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tracking.api.methods import read_only
from tracking.api.proofs import answer_picture
from tracking.domain.errors import TransientError
from tracking.pages.guessing import count_right, count_try, list_secret_limits
from tracking.pages.links import (
    Found,
    LinkEndedError,
    NoSuchLinkError,
    follow_link,
    open_link,
    render_limited,
    set_no_store,
    set_private,
)
from tracking.pages.page_etag import make_page_etag
from tracking.pages.page_secret import find_secret, is_right_secret
from tracking.pages.parts import list_live_texts, parts_context
from tracking.pages.private import describe_private
from tracking.pages.scenes import shorten_hub
from tracking.pages.unlocking import is_unlocked, set_unlock_cookie
from tracking.ports import ports
from tracking.services.partners.proofs import find_proof, has_proofs
from tracking.services.reading.last_mile import find_shown_last_mile
from tracking.services.requests.refusals import UnknownError


@read_only
def show(request: HttpRequest, token: str) -> HttpResponse:
    """Answer with the page (200), 304, or a page for 404 or 410."""
    found = open_link(request, token)
    if isinstance(found, HttpResponse):
        return found
    if is_unlocked(request.COOKIES, token, found.booking):
        return set_no_store(_render(request, _build_context(found, token, is_whole=True)))
    return _answer_conditionally(request, found.answer["state_version"], _build_context(found, token))


# No session is read, so a forged request gains nothing: only the posted secret unlocks the page.
@csrf_exempt
@require_POST
def unlock(request: HttpRequest, token: str) -> HttpResponse:
    """Unlock the page in this browser for a day by the secret of its booking."""
    found = open_link(request, token)
    if isinstance(found, HttpResponse):
        return found
    limits = list_secret_limits("link", found.booking.shipment_id, request.META.get("REMOTE_ADDR", ""))
    if refused := count_try(limits):
        return render_limited(request, refused)
    if not is_right_secret(find_secret(found.booking), request.POST.get("secret", "")):
        return set_no_store(_render(request, _build_context(found, token, is_wrong=True), status=422))
    count_right(limits)
    return set_unlock_cookie(set_no_store(redirect("customer", token=token)), token, found.booking)


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
    response = get_conditional_response(request, etag=etag) or _render(request, context)
    set_private(response)["ETag"] = etag
    return response


def _render(request: HttpRequest, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return render(request, "tracking/shipment.html", context, status=status)


def _build_context(
    found: Found, token: str, *, is_whole: bool = False, is_wrong: bool = False
) -> dict[str, Any]:
    """Build what the page is rendered from; equal contexts give equal pages.

    `is_whole` adds the recipient's private part, `is_wrong` is for a wrong secret.
    """
    booking, now = found.booking, timezone.now()
    secret = find_secret(booking) if not is_whole else None
    near = find_shown_last_mile(ports(), found.state) if is_whole else None
    return parts_context(booking, found.answer, near, now) | {
        "token": token,
        "answer": found.answer,
        "origin": shorten_hub(booking.origin_hub),
        "destination": shorten_hub(booking.destination_hub),
        "live_texts": list_live_texts(),
        "private": describe_private(booking, found.answer["status"], now) if is_whole else None,
        "secret_kind": secret.kind if secret else "",
        "has_proofs": not is_whole and has_proofs(booking),
        "is_wrong": is_wrong,
        "push_key": settings.WEB_PUSH_PUBLIC_KEY,
    }
