"""Form that resolves a card: what it ends, an answer to each request, and a result for the others."""

from typing import NamedTuple

from django.utils import translation

from tracking.code_texts import say_code
from tracking.pages.asked import render_answer
from tracking.pages.incident_cards import IncidentCard, Symptom
from tracking.services.operations.customer_requests import REQUEST_RESULTS, SentRequest, read_words
from tracking.services.operations.incident_names import CustomerRequest
from tracking.services.requests.bodies import RESOLUTION_CODES, ResolutionCode

PLAIN_RESULTS: list[ResolutionCode] = [code for code in RESOLUTION_CODES if code not in REQUEST_RESULTS]


class Answer(NamedTuple):
    """Result of a request to choose, its text, and what the recipient then reads on the page, in English."""

    code: ResolutionCode
    text: str
    reads: str


class AnswerField(NamedTuple):
    """Field for the answer to one request, with its choices."""

    symptom: Symptom
    answers: list[Answer]


class ResolveForm(NamedTuple):
    """Incidents of the card to end, fields for the answers to its requests, and the other incidents."""

    parts: list[Symptom]
    fields: list[AnswerField]
    others: list[Symptom]


def describe_form(card: IncidentCard) -> ResolveForm:
    """Build the form of a card."""
    parts = card.requests_first
    fields = [AnswerField(part, _list_answers(part, part.request)) for part in parts if part.request]
    return ResolveForm(parts, fields, [part for part in parts if part.request is None])


def name_field(incident_id: int) -> str:
    """Return the name of the field for the answer to a request."""
    return f"answer.{incident_id}"


def _list_answers(symptom: Symptom, request: CustomerRequest) -> list[Answer]:
    """List the results of a request; `too_late` is the first one if nothing can be done any more."""
    first: tuple[ResolutionCode, ...] = ("too_late",) if symptom.overtaken else ()
    codes = dict.fromkeys((*first, *REQUEST_RESULTS, *PLAIN_RESULTS))
    words = read_words(symptom.incident["why"], request)
    with translation.override("en"):
        return [
            Answer(
                code,
                say_code("resolution", code),
                render_answer(request, SentRequest(words, symptom.opened_at, code)),
            )
            for code in codes
        ]
