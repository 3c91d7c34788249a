"""Form that resolves a card: what it ends, an answer to each request, and a result for the others."""

from datetime import date, datetime
from types import MappingProxyType
from typing import NamedTuple

from django.utils import translation

from tracking.code_texts import say_code
from tracking.domain.indian_time import date_in_india
from tracking.models import Shipment
from tracking.pages.asked import render_answer
from tracking.pages.delivery_days import format_delivery_day, list_delivery_days
from tracking.pages.incident_cards import IncidentCard, Symptom
from tracking.services.operations.customer_requests import REQUEST_RESULTS, SentRequest
from tracking.services.operations.delivery_days import (
    NoDeliveryDayError,
    check_delivery_day,
    read_day_in_english,
)
from tracking.services.operations.incident_changes import AGREED
from tracking.services.operations.request_words import CustomerRequest, read_words
from tracking.services.requests.bodies import RESOLUTION_CODES, ResolutionCode

PLAIN_RESULTS: list[ResolutionCode] = [code for code in RESOLUTION_CODES if code not in REQUEST_RESULTS]
# The day on which a parcel is expected anyway may be agreed too, and then it does not move any more.
_NOT_EXPECTED = MappingProxyType({"eta": None})


class Answer(NamedTuple):
    """Result of a request to choose, its text, and what the recipient then reads on the page, in English."""

    code: ResolutionCode
    text: str
    reads: str


class NewDay(NamedTuple):
    """Day to which the delivery may move, its text, and what the recipient reads; the asked one is chosen."""

    iso: str
    text: str
    reads: str
    is_asked: bool


class AnswerField(NamedTuple):
    """Field for the answer to one request.

    A request for another day has the days to choose from, and why the day asked for is none of them.
    """

    symptom: Symptom
    answers: list[Answer]
    days: list[NewDay]
    no_asked_day: str


class ResolveForm(NamedTuple):
    """Incidents of the card to end, fields for the answers to its requests, and the other incidents."""

    parts: list[Symptom]
    fields: list[AnswerField]
    others: list[Symptom]


def describe_form(card: IncidentCard, now: datetime) -> ResolveForm:
    """Build the form of a card."""
    parts = card.requests_first
    # The console is in English, whatever the browser asks for.
    with translation.override("en"):
        fields = [_describe_field(part, part.request, card.booking, now) for part in parts if part.request]
    return ResolveForm(parts, fields, [part for part in parts if part.request is None])


def name_field(incident_id: int) -> str:
    """Return the name of the field for the answer to a request."""
    return f"answer.{incident_id}"


def name_day_field(incident_id: int) -> str:
    """Return the name of the field for the day that is agreed."""
    return f"day.{incident_id}"


def _describe_field(
    symptom: Symptom, request: CustomerRequest, booking: Shipment | None, now: datetime
) -> AnswerField:
    sent = SentRequest(read_words(symptom.incident["why"], request), symptom.opened_at)
    # `too_late` is the first one if nothing can be done any more.
    first: tuple[ResolutionCode, ...] = ("too_late",) if symptom.overtaken else ()
    codes = dict.fromkeys((*first, *REQUEST_RESULTS, *PLAIN_RESULTS))
    answers = [
        Answer(code, say_code("resolution", code), render_answer(request, sent._replace(result=code)))
        for code in codes
    ]
    if request != "other_day" or booking is None:
        return AnswerField(symptom, answers, [], "")
    asked = read_day_in_english(sent.words, sent.sent_at)[0]
    refused = _say_refused(booking, asked, now)
    return AnswerField(symptom, answers, _list_days(booking, sent, None if refused else asked, now), refused)


def _list_days(booking: Shipment, sent: SentRequest, asked: date | None, now: datetime) -> list[NewDay]:
    """List the days that the page of the recipient offers, and the one asked for if it is possible."""
    offered = {date.fromisoformat(day.iso) for day in list_delivery_days(booking, _NOT_EXPECTED, now)}
    agreed = sent._replace(result=AGREED)
    return [
        NewDay(
            day.isoformat(),
            format_delivery_day(day),
            render_answer("other_day", agreed._replace(agreed_day=day)),
            day == asked,
        )
        for day in sorted(offered | ({asked} if asked else set()))
    ]


def _say_refused(booking: Shipment, asked: date | None, now: datetime) -> str:
    """Say why the day that was asked for cannot be agreed to; empty if it can."""
    if asked is None:
        return "The recipient has named no day."
    if asked <= date_in_india(now):
        return f"It is too late for the day asked for, {format_delivery_day(asked)}."
    try:
        check_delivery_day(booking, asked, now)
    except NoDeliveryDayError as error:
        return error.detail
    return ""
