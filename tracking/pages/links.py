"""What a customer's link leads to, the pages for links that lead nowhere, and the headers of both."""

from datetime import datetime
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from tracking.answer import public_answer
from tracking.domain.shipment import ShipmentState
from tracking.models import Shipment
from tracking.pages.texts import list_sentences, render_text
from tracking.pages.unlocking import TRIES_LAST_S
from tracking.services.reading.shipments import find_by_token, has_link_ended, read_public


class Found(NamedTuple):
    """What a working link leads to: the booking, the state as it is now, and the public answer from it."""

    booking: Shipment
    state: ShipmentState
    answer: dict[str, Any]


class NoSuchLinkError(Exception):
    """No shipment has this token, be it wrong or unknown."""


class LinkEndedError(Exception):
    """The shipment's journey ended more than two weeks ago."""


def follow_link(token: str, now: datetime) -> Found:
    """The shipment behind a token; raises `NoSuchLinkError` or `LinkEndedError` where none is shown."""
    return read_found(find_booking(token), now)


def find_booking(token: str) -> Shipment:
    """The booking behind a token, its hubs read with it; raises `NoSuchLinkError`."""
    booking = find_by_token(token)
    if booking is None:
        raise NoSuchLinkError
    return booking


def read_found(booking: Shipment, now: datetime) -> Found:
    """What the page of a booking shows; raises `LinkEndedError` and, without the store, `TransientError`."""
    # Between the booking and its first record on the stream there is no state yet: nothing is known.
    state = read_public(booking.shipment_id) or ShipmentState(shipment_id=booking.shipment_id)
    if has_link_ended(state, now):
        raise LinkEndedError
    return Found(booking, state, public_answer(state))


def open_link(request: HttpRequest, token: str) -> Found | HttpResponse:
    """What the link leads to, or the page that explains why it leads nowhere: 404 or 410."""
    try:
        return follow_link(token, timezone.now())
    except NoSuchLinkError:
        return render_missing(request, "missing.link")
    except LinkEndedError:
        return render_notice(request, "ended", status=410)


def render_missing(request: HttpRequest, lead: str) -> HttpResponse:
    """404 with the form to find a shipment; the same whatever was wrong."""
    return render_notice(request, "missing", status=404, lead=lead, has_form=True)


def render_limited(request: HttpRequest) -> HttpResponse:
    """429: too many tries to guess what only the recipient knows."""
    response = render_notice(request, "limited", status=429)
    response["Retry-After"] = str(TRIES_LAST_S)
    return response


def render_notice(
    request: HttpRequest, kind: str, *, status: int, lead: str = "", has_form: bool = False
) -> HttpResponse:
    """A page without any fact about a shipment, with the texts of `kind`."""
    context = {
        "state": kind,
        "pill": render_text(f"{kind}.pill"),
        "h1": render_text(f"{kind}.h1"),
        "lead": list_sentences(render_text(lead or f"{kind}.lead")),
        "has_form": has_form,
    }
    return set_private(render(request, "tracking/find.html", context, status=status))


def set_private(response: HttpResponse) -> HttpResponse:
    """Headers of a page for the holder of its link: no shared cache, no referrer, no search engine."""
    response["Cache-Control"] = "private, no-cache"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


def set_no_store(response: HttpResponse) -> HttpResponse:
    """Headers of an unlocked page: as a private one, and the browser does not store it either."""
    set_private(response)["Cache-Control"] = "private, no-store"
    return response
