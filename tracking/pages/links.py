"""What a customer's link leads to, and the pages that say why one leads nowhere; who may keep a copy."""

from datetime import datetime
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from tracking.answer import public_answer
from tracking.domain.shipment import ShipmentState
from tracking.models import Shipment
from tracking.pages.unlocking import TRIES_LAST_S
from tracking.pages.words import say
from tracking.ports import ports
from tracking.services.reading.shipments import find_by_token, has_link_ended, read_current_state


class Found(NamedTuple):
    """What a working link leads to: the booking, the state as it is now, and the public answer from it."""

    booking: Shipment
    state: ShipmentState
    answer: dict[str, Any]


class NoSuchLinkError(Exception):
    """No shipment has this token: wrong and unknown are not told apart."""


class LinkEndedError(Exception):
    """The shipment's journey ended more than two weeks ago."""


def follow_link(token: str, now: datetime) -> Found:
    """The shipment behind a token; raises `NoSuchLinkError` or `LinkEndedError` where none is shown."""
    booking = find_by_token(token)
    if booking is None:
        raise NoSuchLinkError
    # Between the booking and its first record on the stream there is no state yet: nothing is known.
    state = read_current_state(ports(), booking.shipment_id) or ShipmentState(shipment_id=booking.shipment_id)
    if has_link_ended(state, now):
        raise LinkEndedError
    return Found(booking, state, public_answer(state))


def open_link(request: HttpRequest, token: str) -> Found | HttpResponse:
    """What the link leads to, or the page that says why it leads nowhere: 404 or 410."""
    try:
        return follow_link(token, timezone.now())
    except NoSuchLinkError:
        return show_missing(request, "missing.link")
    except LinkEndedError:
        return show_notice(request, "ended", status=410)


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
