"""`POST /api/v1/events`: a partner reports events; 202 means they are durably on the stream."""

from datetime import UTC, datetime

import msgspec
from django.http import Http404, HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from tracking.api.answers import EventOutcome, EventsAnswer
from tracking.api.bodies import UNREADABLE, answer_json, decode_json, find_mistake_in, read_body
from tracking.api.keys import caller_of
from tracking.api.partner_view import PartnerView
from tracking.api.schema import body_of, responses
from tracking.ports import ports
from tracking.services.recording.event_reports import ReportOutcome, report_events
from tracking.services.recording.stream_records import StreamRefusedError
from tracking.services.requests.bodies import MAX_EVENTS_PER_REQUEST, EventBatch, EventReport
from tracking.services.requests.refusals import Mistake, RequestRefusedError
from tracking.services.requests.usage import count_accepted_events


class _RawBatch(msgspec.Struct, forbid_unknown_fields=True):
    """Batch whose entries are decoded one by one, so that an invalid one does not refuse the others."""

    events: list[msgspec.Raw]


class Events(PartnerView):
    """View: report events."""

    scopes = {"POST": "events:write"}
    ingest = True

    @extend_schema(
        operation_id="report_events",
        tags=["events"],
        summary="Report one event, or up to 500",
        request=body_of(EventReport, EventBatch),
        responses=responses({202: EventsAnswer}, 404),
    )
    def post(self, request: Request) -> HttpResponse:
        """Put the valid events on the stream and return the result of each event."""
        body = request.data if isinstance(request.data, bytes) else b""
        batch = _is_batch(body)
        reports = _read_batch(body) if batch else [read_body(body, EventReport)]
        caller, now = caller_of(request), datetime.now(UTC)
        reported = report_events(ports().stream, caller, reports, now)
        _refuse_if_none(reported, batch=batch)
        answer = _answer(reported)
        count_accepted_events(ports().counter, caller, answer.accepted, now.date())
        return answer_json(answer, 202)


def _is_batch(body: bytes) -> bool:
    """Return whether the body has a field `events`; a single event has none."""
    return "events" in read_body(body, dict[str, msgspec.Raw])


def _read_batch(body: bytes) -> list[EventReport | Mistake]:
    entries = read_body(body, _RawBatch).events
    if not 1 <= len(entries) <= MAX_EVENTS_PER_REQUEST:
        detail = f"a request holds 1 to {MAX_EVENTS_PER_REQUEST} events"
        raise RequestRefusedError([Mistake("/events", "invalid", detail)])
    return [_read_entry(entry) for entry in entries]


def _read_entry(entry: msgspec.Raw) -> EventReport | Mistake:
    try:
        return decode_json(entry, EventReport)
    except msgspec.ValidationError as error:
        return find_mistake_in(bytes(entry), error, EventReport)
    except UNREADABLE:
        return Mistake("", "invalid", "this entry is not valid JSON")


def _refuse_if_none(reported: list[ReportOutcome], *, batch: bool) -> None:
    """Raise the error of a request of which no event was accepted."""
    mistakes = [entry.mistake for entry in reported if entry.mistake is not None]
    if len(mistakes) < len(reported):
        return
    if any(mistake.code == "unavailable" for mistake in mistakes):
        raise StreamRefusedError("no event was taken")
    if not batch and mistakes[0].code == "not_found":
        raise Http404
    raise RequestRefusedError([_locate(entry, batch=batch) for entry in reported], of_batch=batch)


def _locate(entry: ReportOutcome, *, batch: bool) -> Mistake:
    """Return the mistake of an entry with its pointer inside the whole body."""
    assert entry.mistake is not None
    pointer = f"/events/{entry.index}{entry.mistake.pointer}" if batch else entry.mistake.pointer
    return msgspec.structs.replace(entry.mistake, pointer=pointer)


def _answer(reported: list[ReportOutcome]) -> EventsAnswer:
    results = [
        EventOutcome(
            index=entry.index,
            event_id=entry.event_id,
            outcome="accepted" if entry.mistake is None else "rejected",
            error=entry.mistake,
        )
        for entry in reported
    ]
    accepted = sum(entry.mistake is None for entry in reported)
    return EventsAnswer(accepted=accepted, rejected=len(reported) - accepted, results=results)
