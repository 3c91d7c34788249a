"""The customer's page behind a link with a token: drawn here, kept true by frames of the same answer."""

import hashlib
from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from tracking.answer import near_answer
from tracking.api.proofs import answer_picture
from tracking.domain.errors import TransientError
from tracking.eta.last_mile import LastMile
from tracking.pages import clock
from tracking.pages.links import (
    Found,
    LinkEndedError,
    NoSuchLinkError,
    follow_link,
    open_link,
    seal,
    seal_whole,
    show_limited,
)
from tracking.pages.private import describe_private
from tracking.pages.scenes import draw_map, shorten_hub
from tracking.pages.unlocking import give_back, is_unlocked, knows, name_tries, remember, take_try
from tracking.pages.view import SHOWN_STEPS, describe
from tracking.pages.words import say
from tracking.ports import ports
from tracking.services.partners.proofs import find_proof, list_proofs_of
from tracking.services.reading.last_mile import find_shown_last_mile
from tracking.services.requests.refusals import UnknownError

LANGUAGE = "en"


@require_GET
def show(request: HttpRequest, token: str) -> HttpResponse:
    """The page: 200, 304, or 404 and 410 as pages of their own."""
    found = open_link(request, token)
    if isinstance(found, HttpResponse):
        return found
    if is_unlocked(request.COOKIES, token):
        return seal_whole(_draw_page(request, found, token, is_whole=True))
    response = _draw_page(request, found, token)
    return _unless_known(request, seal(response), found.answer["state_version"])


# No session is read: whoever posts the right secret may see what it opens.
@csrf_exempt
@require_POST
def unlock(request: HttpRequest, token: str) -> HttpResponse:
    """The PIN code or the end of the phone number opens the whole page in this browser, for a day."""
    tries = name_tries(request, token)
    if not take_try(tries):
        return show_limited(request)
    found = open_link(request, token)
    if isinstance(found, HttpResponse):
        return found
    if not knows(found.booking, request.POST.get("secret", "")):
        return seal_whole(_draw_page(request, found, token, is_wrong=True, status=422))
    give_back(tries)
    return remember(seal_whole(redirect("customer", token=token)), token)


@require_GET
def show_proof(request: HttpRequest, token: str, proof_id: str) -> HttpResponse:
    """A picture of how the parcel was handed over, for a browser that has unlocked its page."""
    try:
        booking = follow_link(token, timezone.now()).booking
        proof = find_proof(booking, proof_id) if is_unlocked(request.COOKIES, token) else None
        return answer_picture(proof) if proof else seal(HttpResponse(status=404))
    except (NoSuchLinkError, LinkEndedError, UnknownError):
        return seal(HttpResponse(status=404))
    except TransientError:
        return seal(HttpResponse(status=503))


@require_GET
def show_state(request: HttpRequest, token: str) -> HttpResponse:
    """The answer as JSON, for pages whose socket is blocked; 304 while nothing is new.

    Unlocked, it says too how near the vehicle is, and that changes without a new version.
    """
    try:
        found = follow_link(token, timezone.now())
    except NoSuchLinkError:
        return seal(JsonResponse({"status": 404, "code": "not_found"}, status=404))
    except LinkEndedError:
        return seal(JsonResponse({"status": 410, "code": "link_ended"}, status=410))
    if is_unlocked(request.COOKIES, token):
        return seal_whole(
            JsonResponse(found.answer | {"near": near_answer(find_shown_last_mile(ports(), found.state))})
        )
    etag = f'"{found.answer["state_version"]}"'
    response = JsonResponse(found.answer, headers={"ETag": etag})
    return seal(get_conditional_response(request, etag=etag, response=response))


@require_GET
def show_map(request: HttpRequest, token: str) -> HttpResponse:
    """The map alone, for a page whose map is another one by now; 204 when there is none."""
    now = timezone.now()
    try:
        found = follow_link(token, now)
    except (NoSuchLinkError, LinkEndedError):
        return seal(HttpResponse(status=404))
    is_whole = is_unlocked(request.COOKIES, token)
    told = _page(found, token, now, find_shown_last_mile(ports(), found.state) if is_whole else None)
    response = render(request, told["map"], told) if told["map"] else HttpResponse(status=204)
    return seal_whole(response) if is_whole else seal(response)


def _unless_known(request: HttpRequest, response: HttpResponse, version: int) -> HttpResponse:
    """304 when the browser has these very bytes: the tag holds version, language and the body's hash.

    The body says "today" and how old a position is, so the version alone would keep a stale page alive.
    """
    body = hashlib.sha256(response.content).hexdigest()[:12]
    response["ETag"] = f'"{version}-{LANGUAGE}-{body}"'
    known = get_conditional_response(request, etag=response["ETag"], response=response)
    return response if known is response else seal(known)


def _draw_page(
    request: HttpRequest,
    found: Found,
    token: str,
    *,
    is_whole: bool = False,
    is_wrong: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The page: `is_whole` with what is for the recipient alone, `is_wrong` after a wrong secret."""
    booking, status_now, now = found.booking, found.answer["status"], timezone.now()
    near = find_shown_last_mile(ports(), found.state) if is_whole else None
    told = _page(found, token, now, near) | {
        "near_answer": near_answer(near),
        "private": describe_private(booking, status_now, now) if is_whole else None,
        "may_unlock": bool(booking.pin_code),
        "has_proofs": not is_whole and bool(list_proofs_of(booking)),
        "is_wrong": is_wrong,
    }
    return render(request, "tracking/shipment.html", told, status=status)


def _page(found: Found, token: str, now: datetime, near: LastMile | None) -> dict[str, Any]:
    """Everything the templates show."""
    booking, answer = found.booking, found.answer
    view = describe(answer, now)
    later = view.journey[SHOWN_STEPS:]
    return {
        "token": token,
        "answer": answer,
        "view": view,
        "origin": shorten_hub(booking.origin_hub),
        "destination": shorten_hub(booking.destination_hub),
        "first": view.journey[:SHOWN_STEPS],
        "later": later,
        "more": say("more", n=len(later)),
        "updated": _say_updated(answer, now),
    } | draw_map(booking, answer, view, near)


def _say_updated(answer: dict[str, Any], now: datetime) -> str:
    at = answer["updated_at"]
    return say("updated", when=clock.say_moment(datetime.fromisoformat(at), now)) if at else ""
