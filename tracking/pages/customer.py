"""The customer's page behind a link with a token: rendered here, kept current over its socket."""

import hashlib
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from tracking.api.proofs import answer_picture
from tracking.domain.errors import TransientError
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
from tracking.pages.parts import list_live_texts, parts_context
from tracking.pages.private import describe_private
from tracking.pages.scenes import shorten_hub
from tracking.pages.unlocking import (
    count_try,
    is_right_secret,
    is_unlocked,
    refund_try,
    set_unlock_cookie,
    try_keys,
)
from tracking.services.partners.proofs import find_proof, list_proofs_of
from tracking.services.reading.last_mile import find_shown_last_mile
from tracking.services.requests.refusals import UnknownError
from tracking.translation import current_language


@require_GET
def show(request: HttpRequest, token: str) -> HttpResponse:
    """The page: 200, 304, or 404 and 410 as pages of their own."""
    found = open_link(request, token)
    if isinstance(found, HttpResponse):
        return found
    if is_unlocked(request.COOKIES, token):
        return set_no_store(_render_page(request, found, token, is_whole=True))
    response = _render_page(request, found, token)
    return _unless_known(request, set_private(response), found.answer["state_version"])


# No session is read, so there is nothing to forge: the posted secret decides alone.
@csrf_exempt
@require_POST
def unlock(request: HttpRequest, token: str) -> HttpResponse:
    """The PIN code or the end of the phone number opens the whole page in this browser, for a day."""
    keys = try_keys(request, token)
    if not count_try(keys):
        return render_limited(request)
    found = open_link(request, token)
    if isinstance(found, HttpResponse):
        return found
    if not is_right_secret(found.booking, request.POST.get("secret", "")):
        return set_no_store(_render_page(request, found, token, is_wrong=True, status=422))
    refund_try(keys)
    return set_unlock_cookie(set_no_store(redirect("customer", token=token)), token)


@require_GET
def show_proof(request: HttpRequest, token: str, proof_id: str) -> HttpResponse:
    """A picture of how the parcel was handed over, for a browser that has unlocked its page."""
    try:
        booking = follow_link(token, timezone.now()).booking
        proof = find_proof(booking, proof_id) if is_unlocked(request.COOKIES, token) else None
        return answer_picture(proof) if proof else set_private(HttpResponse(status=404))
    except (NoSuchLinkError, LinkEndedError, UnknownError):
        return set_private(HttpResponse(status=404))
    except TransientError:
        return set_private(HttpResponse(status=503))


def _unless_known(request: HttpRequest, response: HttpResponse, version: int) -> HttpResponse:
    """304 when the browser has these very bytes: the tag holds version, language and the body's hash.

    The body says "today" and how old a position is, so the version alone would keep a stale page alive.
    """
    body = hashlib.sha256(response.content).hexdigest()[:12]
    response["ETag"] = f'"{version}-{current_language()}-{body}"'
    known = get_conditional_response(request, etag=response["ETag"], response=response)
    return response if known is response else set_private(known)


def _render_page(
    request: HttpRequest,
    found: Found,
    token: str,
    *,
    is_whole: bool = False,
    is_wrong: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The page: `is_whole` with what is for the recipient alone, `is_wrong` after a wrong secret."""
    booking, now = found.booking, timezone.now()
    near = find_shown_last_mile(found.state) if is_whole else None
    context: dict[str, Any] = parts_context(booking, found.answer, near, now) | {
        "token": token,
        "answer": found.answer,
        "origin": shorten_hub(booking.origin_hub),
        "destination": shorten_hub(booking.destination_hub),
        "live_texts": list_live_texts(),
        "private": describe_private(booking, found.answer["status"], now) if is_whole else None,
        "may_unlock": bool(booking.pin_code),
        "has_proofs": not is_whole and bool(list_proofs_of(booking)),
        "is_wrong": is_wrong,
    }
    return render(request, "tracking/shipment.html", context, status=status)
