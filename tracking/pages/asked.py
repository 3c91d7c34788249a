"""Requests of the recipient on an unlocked page: each with its answer, or waiting, or withdrawn."""

from collections.abc import Mapping
from typing import NamedTuple

from tracking.pages.delivery_days import format_delivery_day
from tracking.pages.texts import TEXTS, render_first, render_text
from tracking.services.operations.customer_requests import SentRequest, list_choices
from tracking.services.operations.delivery_days import read_day_in_english
from tracking.services.operations.incident_changes import WITHDRAWN
from tracking.services.operations.request_words import CustomerRequest

Requests = Mapping[CustomerRequest, SentRequest]
# Results by which what was asked for is not done.
_REFUSALS = ("sent_back", "not_served", "too_late", "sender_refused")


class Asked(NamedTuple):
    """Request that was sent: its kind, its text, its answer, and the name of the button that withdraws it.

    A request has either an answer or the button.
    """

    code: CustomerRequest
    text: str
    answer: str = ""
    is_refused: bool = False
    withdraw: str = ""


class AskedPart(NamedTuple):
    """Part of the page: the requests, newest first, and what was withdrawn lately (else empty)."""

    sent: list[Asked]
    withdrawn: str


def describe_asked(requests: Requests, status: str) -> AskedPart:
    """Build the part from the sent requests, in the current language.

    What can no longer be asked for in this status is over: before the delivery, another day.
    """
    newest = sorted(requests.items(), key=lambda item: item[1].sent_at, reverse=True)
    due = [(kind, sent) for kind, sent in newest if kind in list_choices(status)]
    withdrawn = ", ".join(_name_request(kind, sent) for kind, sent in due if sent.result == WITHDRAWN)
    return AskedPart(
        sent=[_describe(kind, sent) for kind, sent in due if sent.result != WITHDRAWN],
        withdrawn=render_text("page.request.withdrawn", asked=withdrawn) if withdrawn else "",
    )


def _describe(kind: CustomerRequest, sent: SentRequest) -> Asked:
    asked = _name_request(kind, sent)
    if sent.result:
        text = render_text("page.request.answered", asked=asked)
        return Asked(kind, text, _render_answer(kind, sent), is_refused=sent.result in _REFUSALS)
    text = render_text("page.request.waiting", asked=asked)
    return Asked(kind, text, withdraw=render_text("action.withdraw.named", asked=asked))


def _render_answer(kind: CustomerRequest, sent: SentRequest) -> str:
    """Render the answer to the request; a code without a text reads as `other`."""
    result = sent.result if f"answer.{sent.result}" in TEXTS else "other"
    day = format_delivery_day(sent.agreed_day) if sent.agreed_day else ""
    own = [f"answer.{result}.{kind}"] if day or kind != "other_day" else []
    return render_first(*own, f"answer.{result}", day=day)


def _name_request(kind: CustomerRequest, sent: SentRequest) -> str:
    """Format as `Another day: Thu 26 Nov (“Ring twice”)`; without words the name alone."""
    name, words = render_text(f"request.{kind}"), sent.words
    if kind == "other_day":
        day, words = read_day_in_english(sent.words, sent.sent_at)
        name = render_text("request.of_day", asked=name, day=format_delivery_day(day)) if day else name
    return render_text("request.with_words", asked=name, words=words) if words else name
