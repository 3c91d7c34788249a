"""Requests of the recipient on an unlocked page: each with its answer, waiting, withdrawn, or overtaken."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from tracking.domain.indian_time import date_in_india
from tracking.domain.status import Status
from tracking.pages.delivery_days import format_delivery_day
from tracking.pages.texts import TEXTS, render_first, render_text
from tracking.services.operations.customer_requests import SentRequest, is_overtaken, list_choices
from tracking.services.operations.delivery_days import read_day_in_english
from tracking.services.operations.incident_changes import WITHDRAWN
from tracking.services.operations.request_words import CustomerRequest

Requests = Mapping[CustomerRequest, SentRequest]
# Results by which what was asked for is not done.
_REFUSALS = ("sent_back", "not_served", "too_late", "sender_refused")
# How long the page still shows a request after the end of the journey, which has made it void.
OVERTAKEN_FOR = timedelta(hours=24)


class Asked(NamedTuple):
    """Request that was sent: its kind, its text, its answer, and the name of the button that withdraws it.

    A request has either an answer or the button; one that the end of the journey has overtaken has an answer.
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


def describe_asked(requests: Requests, answer: Mapping[str, Any], now: datetime) -> AskedPart:
    """Build the part from the sent requests and the answer of the shipment, in the current language.

    What can no longer be asked for in this status is over: while the parcel is ready for pickup, a neighbour.
    After the end of the journey it is shown for another 24 hours, and says so if nobody has answered it.
    """
    status = answer["status"]
    since = datetime.fromisoformat(answer["status_at"]) if answer["status_at"] else now
    newest = sorted(requests.items(), key=lambda item: item[1].sent_at, reverse=True)
    over = {kind for kind, sent in newest if is_overtaken(kind, sent.sent_at, status, since)}
    due = [(kind, sent) for kind, sent in newest if kind in list_choices(status) and kind not in over]
    shown = [_describe(kind, sent) for kind, sent in due if sent.result != WITHDRAWN]
    if now - since < OVERTAKEN_FOR:
        void = [(kind, sent) for kind, sent in newest if kind in over and sent.result != WITHDRAWN]
        shown += [_describe_overtaken(kind, sent, status, since) for kind, sent in void]
    withdrawn = ", ".join(_name_request(kind, sent) for kind, sent in due if sent.result == WITHDRAWN)
    return AskedPart(
        sent=shown,
        withdrawn=render_text("page.request.withdrawn", asked=withdrawn) if withdrawn else "",
    )


def _describe_overtaken(kind: CustomerRequest, sent: SentRequest, status: str, since: datetime) -> Asked:
    text = render_text("page.request.answered", asked=_name_request(kind, sent))
    if sent.agreed_day and status == Status.DELIVERED and date_in_india(since) < sent.agreed_day:
        day = format_delivery_day(sent.agreed_day)
        return Asked(kind, text, render_text("page.request.early", day=day), is_refused=True)
    if sent.result:
        return _describe(kind, sent)
    why = render_first(f"page.request.overtaken.{status}", "page.request.overtaken")
    return Asked(kind, text, why, is_refused=True)


def _describe(kind: CustomerRequest, sent: SentRequest) -> Asked:
    asked = _name_request(kind, sent)
    if sent.result:
        text = render_text("page.request.answered", asked=asked)
        return Asked(kind, text, render_answer(kind, sent), is_refused=sent.result in _REFUSALS)
    text = render_text("page.request.waiting", asked=asked)
    return Asked(kind, text, withdraw=render_text("action.withdraw.named", asked=asked))


def render_answer(kind: CustomerRequest, sent: SentRequest) -> str:
    """Render the answer to the request, in the current language; a code without a text reads as `other`."""
    result = sent.result if f"answer.{sent.result}" in TEXTS else "other"
    day = format_delivery_day(sent.agreed_day) if sent.agreed_day else ""
    own = [f"answer.{result}.{kind}"] if day or kind != "other_day" else []
    if sent.agreed_day:
        asked = read_day_in_english(sent.words, sent.sent_at)[0] if kind == "other_day" else None
        own = [f"answer.agreed.{'other_day' if asked in (None, sent.agreed_day) else 'third_day'}"]
    return render_first(*own, f"answer.{result}", day=day)


def _name_request(kind: CustomerRequest, sent: SentRequest) -> str:
    """Format as `Another day: Thu 26 Nov (“Ring twice”)`; without words the name alone."""
    name, words = render_text(f"request.{kind}"), sent.words
    if kind == "other_day":
        day, words = read_day_in_english(sent.words, sent.sent_at)
        name = render_text("request.of_day", asked=name, day=format_delivery_day(day)) if day else name
    return render_text("request.with_words", asked=name, words=words) if words else name
