"""Views of the customer's page behind a link with a token; the page's socket keeps it current."""

import hashlib
from typing import Any

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
from tracking.pages.page_secret import find_secret, is_right_secret
from tracking.pages.parts import list_live_texts, parts_context
from tracking.pages.private import describe_private
from tracking.pages.scenes import shorten_hub
from tracking.pages.unlocking import is_unlocked, set_unlock_cookie
from tracking.ports import ports
from tracking.services.partners.proofs import find_proof, list_proofs_of
from tracking.services.reading.last_mile import find_shown_last_mile
from tracking.services.requests.refusals import UnknownError
from tracking.translation import current_language


@read_only
def show(request: HttpRequest, token: str) -> HttpResponse:
    """Answer with the page (200), 304, or a page for 404 or 410."""
    found = open_link(request, token)
    if isinstance(found, HttpResponse):
        return found
    if is_unlocked(request.COOKIES, token, found.booking):
        return set_no_store(_render_page(request, found, token, is_whole=True))
    response = _render_page(request, found, token)
    return _answer_conditionally(request, set_private(response), found.answer["state_version"])


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
        return set_no_store(_render_page(request, found, token, is_wrong=True, status=422))
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


def _answer_conditionally(request: HttpRequest, response: HttpResponse, version: int) -> HttpResponse:
    """Answer 304 if the browser has the same bytes: the ETag holds version, language and a body hash.

    The body contains "today" and ages, so an ETag of the version alone would keep a stale page alive.
    """
    body = hashlib.sha256(response.content).hexdigest()[:12]
    response["ETag"] = f'"{version}-{current_language()}-{body}"'
    conditional = get_conditional_response(request, etag=response["ETag"], response=response)
    return response if conditional is response else set_private(conditional)


def _render_page(
    request: HttpRequest,
    found: Found,
    token: str,
    *,
    is_whole: bool = False,
    is_wrong: bool = False,
    status: int = 200,
) -> HttpResponse:
    """Render the page: `is_whole` adds the recipient's private part, `is_wrong` is for a wrong secret."""
    booking, now = found.booking, timezone.now()
    secret = find_secret(booking) if not is_whole else None
    near = find_shown_last_mile(ports(), found.state) if is_whole else None
    context: dict[str, Any] = parts_context(booking, found.answer, near, now) | {
        "token": token,
        "answer": found.answer,
        "origin": shorten_hub(booking.origin_hub),
        "destination": shorten_hub(booking.destination_hub),
        "live_texts": list_live_texts(),
        "private": describe_private(booking, found.answer["status"], now) if is_whole else None,
        "secret_kind": secret.kind if secret else "",
        "has_proofs": not is_whole and bool(list_proofs_of(booking)),
        "is_wrong": is_wrong,
    }
    return render(request, "tracking/shipment.html", context, status=status)
