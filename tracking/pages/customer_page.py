"""Customer's page as a whole: what it is rendered from, locked, unlocked, or with a mistake to mend."""

from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from tracking.domain.status import END_STATUSES, NO_DELIVERY_FOLLOWS, Status
from tracking.pages.actions import Sent, describe_actions
from tracking.pages.asked import describe_asked
from tracking.pages.brand import describe_brand
from tracking.pages.guessing import Limit
from tracking.pages.links import Found, set_no_store
from tracking.pages.page_secret import find_secret
from tracking.pages.parts import list_live_texts, parts_context
from tracking.pages.private import describe_private
from tracking.pages.scenes import shorten_hub
from tracking.pages.sender import describe_sender
from tracking.pages.texts import list_sentences, render_text
from tracking.ports import ports
from tracking.services.operations.customer_requests import list_sent_requests
from tracking.services.partners.proofs import has_proofs
from tracking.services.reading.last_mile import find_driver, find_shown_last_mile
from tracking.tokens import customer_link

TEMPLATE = "tracking/shipment.html"


class Unlock(NamedTuple):
    """Form that unlocks the page: kind of secret, why to unlock, what was typed, the error at the field."""

    kind: str
    lead: str
    is_open: bool = False
    secret: str = ""
    error: str = ""


def build_locked(found: Found, token: str, secret: str = "", error: str = "") -> dict[str, Any]:
    """Build what a locked page is rendered from; equal contexts give equal pages.

    After a wrong try, `secret` is what was typed and `error` the text at its field.
    """
    kept = find_secret(found.booking)
    unlock = _describe_unlock(found, kept.kind, secret, error) if kept else None
    return _build(found, token, near=None) | {"unlock": unlock}


def build_unlocked(found: Found, token: str, sent: Sent | None = None) -> dict[str, Any]:
    """Build what an unlocked page is rendered from. `sent` is a request with a mistake in it."""
    booking, now = found.booking, timezone.now()
    requests, near = list_sent_requests(booking, now), find_shown_last_mile(ports(), found.state)
    return _build(found, token, near) | {
        "asked": describe_asked(requests, found.answer, now),
        "private": describe_private(booking, found.answer["status"], now),
        "actions": describe_actions(booking, found.answer, requests, now, sent),
    }


def render_again(
    request: HttpRequest, context: dict[str, Any], status: int, limit: Limit | None = None
) -> HttpResponse:
    """Render the page after a form that was not accepted; a limit says after how long it may be again."""
    response = set_no_store(render(request, TEMPLATE, context, status=status))
    if limit:
        response["Retry-After"] = str(limit.wait_s)
    return response


def format_limit(limit: Limit) -> str:
    """Format why no more tries are taken, and for how long."""
    return " ".join(list_sentences(render_text(f"limited.{limit.name}")))


def _build(found: Found, token: str, near: Any) -> dict[str, Any]:
    booking = found.booking
    driver = find_driver(booking.shipment_id) if near else ""
    return parts_context(booking, found.answer, near, timezone.now(), driver) | {
        "token": token,
        # For paper, which has no address bar.
        "address": customer_link(booking.shipment_id, booking.token_n),
        "brand": describe_brand(booking.partner),
        "answer": found.answer,
        "origin": shorten_hub(booking.origin_hub),
        "destination": shorten_hub(booking.destination_hub),
        "sender": describe_sender(booking),
        "live_texts": list_live_texts(),
        "call": settings.SUPPORT_PHONE,
        # Nothing comes near any more once the journey has ended.
        "push_key": "" if found.answer["status"] in END_STATUSES else settings.WEB_PUSH_PUBLIC_KEY,
    }


def _describe_unlock(found: Found, kind: str, secret: str, error: str) -> Unlock:
    status = found.answer["status"]
    with_photo = has_proofs(found.booking)
    if status == Status.DELIVERED:
        lead = "unlock.lead.photo" if with_photo else "unlock.lead.delivered"
    elif status in NO_DELIVERY_FOLLOWS:
        lead = "unlock.lead.over"
    else:
        lead = "unlock.lead.due" if found.booking.cod_amount else "unlock.lead"
    return Unlock(kind, render_text(lead), with_photo or bool(error), secret, error)
