"""Resolution of a customer's link to its shipment, error pages of invalid links, and headers of both."""

from datetime import datetime
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from tracking.answer import public_answer
from tracking.domain.shipment import ShipmentState
from tracking.models import Shipment
from tracking.pages.guessing import Limit
from tracking.pages.languages import offer_language
from tracking.pages.texts import list_sentences, render_text
from tracking.ports import ports
from tracking.services.reading.shipments import (
    build_listed_state,
    find_by_token,
    has_link_ended,
    read_current_state,
)


class Found(NamedTuple):
    """Target of a valid link: the booking, its current state, and the public answer made from it."""

    booking: Shipment
    state: ShipmentState
    answer: dict[str, Any]


class NoSuchLinkError(Exception):
    """Raised if no shipment has this token, malformed or unknown."""


class LinkEndedError(Exception):
    """Raised if the shipment's journey ended more than two weeks ago."""


def follow_link(token: str, now: datetime) -> Found:
    """Find the shipment of a token; raises `NoSuchLinkError` or `LinkEndedError`."""
    return read_found(find_booking(token), now)


def find_booking(token: str) -> Shipment:
    """Find the booking of a token, with its hubs; raises `NoSuchLinkError`."""
    booking = find_by_token(token)
    if booking is None:
        raise NoSuchLinkError
    return booking


def read_found(booking: Shipment, now: datetime) -> Found:
    """Read the state and answer of a booking.

    Raises `LinkEndedError`, or `TransientError` if the store cannot be reached.
    """
    state = read_current_state(ports(), booking.shipment_id) or build_listed_state(booking)
    if has_link_ended(state, now):
        raise LinkEndedError
    return Found(booking, state, public_answer(state))


def open_link(request: HttpRequest, token: str) -> Found | HttpResponse:
    """Find the target of a link, or answer with the error page (404 or 410) that explains the refusal."""
    try:
        booking = find_booking(token)
        offer_language(request, booking.language)
        return read_found(booking, timezone.now())
    except NoSuchLinkError:
        return render_missing(request, "missing.link")
    except LinkEndedError:
        return render_notice(request, "ended", status=410)


def render_missing(request: HttpRequest, lead: str) -> HttpResponse:
    """Render the 404 page with the empty form to find a shipment."""
    return render_notice(request, "missing", status=404, lead=lead, form={})


def render_limited(request: HttpRequest, limit: Limit) -> HttpResponse:
    """Render the 429 page of a limit: it says for how long no more tries are taken."""
    response = render_notice(request, "limited", status=429, lead=f"limited.{limit.name}")
    response["Retry-After"] = str(limit.wait_s)
    return response


def render_notice(
    request: HttpRequest, kind: str, *, status: int, lead: str = "", form: object = None
) -> HttpResponse:
    """Render a page without shipment data, with the texts of `kind` and perhaps a form to find one."""
    context = {
        "state": kind,
        "pill": render_text(f"{kind}.pill"),
        "h1": render_text(f"{kind}.h1"),
        "lead": list_sentences(render_text(lead or f"{kind}.lead")),
        "has_form": form is not None,
        "form": form,
        "secret_kind": "any",
    }
    return set_private(render(request, "tracking/find.html", context, status=status))


def set_private(response: HttpResponse) -> HttpResponse:
    """Set the headers of a page for the holder of its link: no shared cache, no referrer, no indexing."""
    response["Cache-Control"] = "private, no-cache"
    response["Referrer-Policy"] = "no-referrer"
    response["X-Robots-Tag"] = "noindex"
    return response


def set_no_store(response: HttpResponse) -> HttpResponse:
    """Set the headers of an unlocked page: as `set_private`, and the browser must not store it."""
    set_private(response)["Cache-Control"] = "private, no-store"
    return response
