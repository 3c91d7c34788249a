"""Form that resolves a card: what it ends, an answer to each request, and a result for the others."""

from datetime import date, datetime
from types import MappingProxyType
from typing import NamedTuple

from django.utils import translation

from tracking.code_texts import say_code
from tracking.domain.indian_time import date_in_india
from tracking.domain.status import NO_DELIVERY_FOLLOWS
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
from tracking.services.operations.incident_changes import AGREED, RESCHEDULED
from tracking.services.operations.request_words import CustomerRequest, read_words
from tracking.services.requests.bodies import RESOLUTION_CODES, ResolutionCode

PLAIN_RESULTS: list[ResolutionCode] = [code for code in RESOLUTION_CODES if code not in REQUEST_RESULTS]
# The day on which a parcel is expected anyway may be agreed too, and then it does not move any more.
# Field for the day to which the result of the other incidents moves the delivery.
OTHERS_DAY = "day"
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

    `days` are those to choose from with a result of `day_codes`. A request for another day also says why the
    day asked for is none of them.
    """

    symptom: Symptom
    answers: list[Answer]
    days: list[NewDay]
    day_codes: str
    no_asked_day: str


class ResolveForm(NamedTuple):
    """Incidents of the card to end, fields for the answers to its requests, and the other incidents.

    `results` are those of the other incidents; with `rescheduled` one of the `days` is chosen.
    """

    parts: list[Symptom]
    fields: list[AnswerField]
    others: list[Symptom]
    results: list[ResolutionCode]
    days: list[NewDay]


def describe_form(card: IncidentCard, now: datetime) -> ResolveForm:
    """Build the form of a card."""
    parts = card.requests_first
    # The console is in English, whatever the browser asks for.
    with translation.override("en"):
        fields = [_describe_field(part, part.request, card.booking, now) for part in parts if part.request]
        days = _list_days(card.booking, now)
    results = _list_results(card.booking)
    return ResolveForm(parts, fields, [part for part in parts if part.request is None], results, days)


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
    codes = dict.fromkeys((*first, *REQUEST_RESULTS, *_list_results(booking)))
    answers = [
        Answer(code, say_code("resolution", code), render_answer(request, sent._replace(result=code)))
        for code in codes
    ]
    asked, refused = None, ""
    if request == "other_day" and booking is not None:
        asked = read_day_in_english(sent.words, sent.sent_at)[0]
        refused = _say_refused(booking, asked, now)
    moved = sent._replace(result=RESCHEDULED)
    days = [
        day._replace(reads=render_answer(request, moved._replace(agreed_day=date.fromisoformat(day.iso))))
        for day in _list_days(booking, now, None if refused else asked)
    ]
    codes_of_day = f"{AGREED} {RESCHEDULED}" if request == "other_day" else RESCHEDULED
    return AnswerField(symptom, answers, days, codes_of_day, refused)


def _list_results(booking: Shipment | None) -> list[ResolutionCode]:
    """List the results for any incident, without `rescheduled` once no delivery follows."""
    return [code for code in PLAIN_RESULTS if code != RESCHEDULED or booking is None or _may_move(booking)]


def _may_move(booking: Shipment) -> bool:
    return booking.status not in NO_DELIVERY_FOLLOWS


def _list_days(booking: Shipment | None, now: datetime, asked: date | None = None) -> list[NewDay]:
    """List the days that the page of the recipient offers, and the one asked for if it is possible."""
    if booking is None or not _may_move(booking):
        return []
    offered = {date.fromisoformat(day.iso) for day in list_delivery_days(booking, _NOT_EXPECTED, now)}
    return [
        NewDay(day.isoformat(), format_delivery_day(day), "", day == asked)
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
