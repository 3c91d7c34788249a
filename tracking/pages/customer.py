"""The customer's page behind a link with a token: drawn here, kept true by frames of the same answer."""

import hashlib
from datetime import datetime
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from tracking.answer import public_answer
from tracking.api.proofs import answer_picture
from tracking.domain.errors import TransientError
from tracking.domain.shipment import ShipmentState
from tracking.models import Hub, Shipment
from tracking.pages import clock
from tracking.pages.lane_map import End, Scene, draw_scene
from tracking.pages.private import describe_private
from tracking.pages.unlocking import (
    TRIES_LAST_S,
    give_back,
    is_unlocked,
    knows,
    name_tries,
    remember,
    take_try,
)
from tracking.pages.view import SHOWN_STEPS, View, describe
from tracking.pages.words import say
from tracking.services.proofs import find_proof, list_proofs_of
from tracking.services.reading import find_by_token, has_link_ended, read_public
from tracking.services.refusals import UnknownError

LANGUAGE = "en"
# What a hub's name says beside where it is; on a map only the where is wanted.
_GENERIC = (" Delivery Hub", " Sort Centre", " Gateway", " Hub", " hub")


class Found(NamedTuple):
    """What a working link leads to."""

    booking: Shipment
    answer: dict[str, Any]


class NoSuchLinkError(Exception):
    """No shipment has this token: wrong and unknown are not told apart."""


class LinkEndedError(Exception):
    """The shipment's journey ended more than two weeks ago."""


@require_GET
def show(request: HttpRequest, token: str) -> HttpResponse:
    """The page: 200, 304, or 404 and 410 as pages of their own."""
    found = open_link(request, token)
    if isinstance(found, HttpResponse):
        return found
    if is_unlocked(request, token):
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
        booking = _open(token, timezone.now()).booking
        proof = find_proof(booking, proof_id) if is_unlocked(request, token) else None
        return answer_picture(proof) if proof else seal(HttpResponse(status=404))
    except (NoSuchLinkError, LinkEndedError, UnknownError):
        return seal(HttpResponse(status=404))
    except TransientError:
        return seal(HttpResponse(status=503))


@require_GET
def show_state(request: HttpRequest, token: str) -> HttpResponse:
    """The public answer as JSON, for pages whose socket is blocked; 304 while nothing is new."""
    try:
        answer = _open(token, timezone.now()).answer
    except NoSuchLinkError:
        return seal(JsonResponse({"status": 404, "code": "not_found"}, status=404))
    except LinkEndedError:
        return seal(JsonResponse({"status": 410, "code": "link_ended"}, status=410))
    etag = f'"{answer["state_version"]}"'
    known = get_conditional_response(
        request, etag=etag, response=JsonResponse(answer, headers={"ETag": etag})
    )
    return seal(known)


@require_GET
def show_map(request: HttpRequest, token: str) -> HttpResponse:
    """The map alone, for a page that was opened before there was one; 204 when there is none."""
    now = timezone.now()
    try:
        found = _open(token, now)
    except (NoSuchLinkError, LinkEndedError):
        return seal(HttpResponse(status=404))
    told = _page(found, token, now)
    response = render(request, "tracking/map.html", told) if told["scene"] else HttpResponse(status=204)
    return seal(response)


def show_missing(request: HttpRequest, lead: str) -> HttpResponse:
    """State 11, the same whatever was wrong: 404 with the form to find a shipment."""
    return show_notice(request, "missing", status=404, lead=lead, has_form=True)


def show_limited(request: HttpRequest) -> HttpResponse:
    """429: too many tries to guess what only the recipient knows."""
    response = show_notice(request, "limited", status=429)
    response["Retry-After"] = str(TRIES_LAST_S)
    return response


def show_notice(
    request: HttpRequest, kind: str, *, status: int, lead: str = "", has_form: bool = False
) -> HttpResponse:
    """A page without any fact about a shipment: its words are those of `kind`."""
    told = {
        "state": kind,
        "pill": say(f"{kind}.pill"),
        "h1": say(f"{kind}.h1"),
        "lead": say(lead or f"{kind}.lead").split("|"),
        "has_form": has_form,
    }
    return seal(render(request, "tracking/find.html", told, status=status))


def seal(response: HttpResponse) -> HttpResponse:
    """Keep a page to the one who has the link: no shared cache, no referrer, no search engine."""
    response["Cache-Control"] = "private, no-cache"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


def seal_whole(response: HttpResponse) -> HttpResponse:
    """Keep an unlocked page to this one sight of it: not even the browser stores it."""
    seal(response)["Cache-Control"] = "private, no-store"
    return response


def open_link(request: HttpRequest, token: str) -> Found | HttpResponse:
    """What the link leads to, or the page that says why it leads nowhere: 404 or 410."""
    try:
        return _open(token, timezone.now())
    except NoSuchLinkError:
        return show_missing(request, "missing.link")
    except LinkEndedError:
        return show_notice(request, "ended", status=410)


def _open(token: str, now: datetime) -> Found:
    """The shipment behind a token, or why there is none to show."""
    booking = find_by_token(token)
    if booking is None:
        raise NoSuchLinkError
    # Between the booking and its first record on the stream there is no state yet: nothing is known.
    state = read_public(booking.shipment_id) or ShipmentState(shipment_id=booking.shipment_id)
    if has_link_ended(state, now):
        raise LinkEndedError
    return Found(booking, public_answer(state))


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
    told = _page(found, token, now) | {
        "private": describe_private(booking, status_now, now) if is_whole else None,
        "may_unlock": bool(booking.pin_code),
        "has_proofs": not is_whole and bool(list_proofs_of(booking)),
        "is_wrong": is_wrong,
    }
    return render(request, "tracking/shipment.html", told, status=status)


def _page(found: Found, token: str, now: datetime) -> dict[str, Any]:
    """Everything the templates show."""
    booking, answer = found
    view = describe(answer, now)
    origin, destination = _short_name(booking.origin_hub), _short_name(booking.destination_hub)
    later = view.journey[SHOWN_STEPS:]
    told = {
        "token": token,
        "answer": answer,
        "view": view,
        "origin": origin,
        "destination": destination,
        "first": view.journey[:SHOWN_STEPS],
        "later": later,
        "more": say("more", n=len(later)),
        "updated": _say_updated(answer, now),
        "scene": None,
    }
    scene = _draw(booking, answer, view)
    return told | (_map(scene) if scene else {})


def _say_updated(answer: dict[str, Any], now: datetime) -> str:
    at = answer["updated_at"]
    return say("updated", when=clock.say_moment(datetime.fromisoformat(at), now)) if at else ""


def _draw(booking: Shipment, answer: dict[str, Any], view: View) -> Scene | None:
    """The lane with the parcel on it, the way it travels now; None where there is nothing to draw."""
    if not view.has_map or booking.origin_hub is None or booking.destination_hub is None:
        return None
    ends = [_end(booking.origin_hub), _end(booking.destination_hub)]
    if answer["leg"] == "return":
        ends.reverse()
    return draw_scene(*ends, answer["position"]["lat"], answer["position"]["lon"])


def _map(scene: Scene) -> dict[str, Any]:
    """The scene and the numbers the browser needs to move the parcel on it."""
    drawn = scene.backdrop
    start, end = (name.text for name in drawn.ends)
    return {
        "scene": scene,
        "curve": " ".join(
            f"{value:.2f}" for point in (drawn.start, drawn.bend, drawn.end) for value in point
        ),
        "zero": f"{drawn.origin_x:.3f} {drawn.origin_y:.3f} {drawn.px_per_degree:.3f}",
        "map_words": say("map.done", n=scene.percent, origin=start, destination=end),
        "bar_px": drawn.scale_px - 1,
    }


def _end(hub: Hub) -> End:
    return End(_short_name(hub), hub.lat, hub.lon)


def _short_name(hub: Hub | None) -> str:
    """`Whitefield` for `Bengaluru Whitefield Delivery Hub`, `Mysuru` for `Mysuru Hub`."""
    if hub is None:
        return ""
    name = next((hub.name.removesuffix(word) for word in _GENERIC if hub.name.endswith(word)), hub.name)
    return name.removeprefix(f"{hub.town} ") or name
