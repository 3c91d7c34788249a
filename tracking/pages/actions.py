"""Card of what the recipient can do on an unlocked page: requests, the rating, a call."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from tracking.domain.status import Status
from tracking.models import Shipment
from tracking.pages.asked import Requests
from tracking.pages.delivery_days import OfferedDay, list_delivery_days
from tracking.pages.texts import render_count, render_first, render_text
from tracking.services.operations.customer_requests import list_choices, may_rate
from tracking.services.operations.request_words import CustomerRequest

STARS = range(1, 6)
# Requests without words say nothing that somebody could act on.
NEEDS_WORDS = ("note", "neighbour", "address")
_ADDRESS_CODES = ("address_incomplete", "address_not_found")


class Sent(NamedTuple):
    """Request as it was sent with a mistake: its kind, what was typed, and the error at its field."""

    kind: str
    words: str = ""
    day: str = ""
    error: str = ""


class Form(NamedTuple):
    """Form of one kind of request. `is_open` shows its fields; an empty error is not shown."""

    code: CustomerRequest
    title: str
    label: str
    send: str
    needs_words: bool
    is_open: bool
    words: str
    day: str
    error: str


class Star(NamedTuple):
    """Star of the rating: its number, its name, and whether the given rating reaches it."""

    n: int
    text: str
    is_lit: bool


class Actions(NamedTuple):
    """Texts and forms of the card; an empty one is not shown. `refused` is an error of no form's field.

    `closed` says what helps when nothing can be asked for any more.
    """

    title: str
    refused: str
    closed: str
    forms: list[Form]
    days: list[OfferedDay]
    stars: list[Star]
    thanks: str


def describe_actions(
    booking: Shipment, answer: Mapping[str, Any], requests: Requests, now: datetime, sent: Sent | None = None
) -> Actions:
    """Build the card of an unlocked page, without a form for what waits for an answer.

    `sent` is a request with a mistake, whose form is shown again.
    """
    status, rating = answer["status"], booking.rating
    waiting = {kind for kind, request in requests.items() if not request.result}
    offered = [kind for kind in _sort_choices(answer) if kind not in waiting]
    return Actions(
        title=_render_title(status),
        refused=sent.error if sent and sent.kind not in offered else "",
        closed=render_text("action.closed") if _is_closed(status) else "",
        forms=[_describe_form(kind, status, sent) for kind in offered],
        days=list_delivery_days(booking, answer, now) if "other_day" in offered else [],
        stars=[_describe_star(n, rating) for n in STARS] if may_rate(status) else [],
        thanks=render_count("rating.thanks", rating) if rating and may_rate(status) else "",
    )


def find_mistake(kind: CustomerRequest, words: str, day: str, days: Sequence[OfferedDay]) -> str:
    """Return the text of what is missing in a request; empty if nothing is."""
    is_missing = kind in NEEDS_WORDS and not words.strip()
    if kind == "other_day":
        is_missing = day not in {offered.iso for offered in days}
    return render_text(f"action.missing.{kind}") if is_missing else ""


def _sort_choices(answer: Mapping[str, Any]) -> tuple[CustomerRequest, ...]:
    """List the requests of this status; first the one that helps most after a failed attempt."""
    choices = list_choices(answer["status"])
    if answer["substatus"] in _ADDRESS_CODES and "address" in choices:
        return ("address", *(kind for kind in choices if kind != "address"))
    return choices


def _is_closed(status: str) -> bool:
    """Return whether nothing can be asked for in this status, and nothing can be rated."""
    return not list_choices(status) and not may_rate(status)


def _render_title(status: str) -> str:
    if _is_closed(status):
        return render_text("action.title.closed")
    if status == Status.DELIVERED:
        return render_text("action.title.delivered")
    needs_help = status in {Status.ATTEMPT_FAILED, Status.ON_HOLD, Status.EXCEPTION, Status.EXPIRED}
    return render_text("action.title.help" if needs_help else "action.title")


def _describe_form(kind: CustomerRequest, status: str, sent: Sent | None) -> Form:
    again = sent if sent and sent.kind == kind else Sent(kind)
    return Form(
        code=kind,
        title=render_first(f"action.{kind}.{status}", f"action.{kind}"),
        label=render_first(f"action.words.{kind}.{status}", f"action.words.{kind}"),
        send=render_first(f"action.send.{kind}", "action.send"),
        needs_words=kind in NEEDS_WORDS,
        is_open=bool(again.error),
        words=again.words,
        day=again.day,
        error=again.error,
    )


def _describe_star(n: int, rating: int | None) -> Star:
    return Star(n, render_count("rating.star", n), is_lit=bool(rating) and n <= (rating or 0))
