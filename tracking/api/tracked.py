"""`/api/v1/tracking` and the events of a shipment: state, past state, explanation, corrections."""

from datetime import UTC, datetime

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from tracking.answer import partner_answer
from tracking.api.answers import AcceptedEvent, TrackingAnswer, TrackingBatch
from tracking.api.bodies import answer_json, read_body
from tracking.api.conditional import answer_read
from tracking.api.cursors import answer_page, read_after
from tracking.api.event_answers import EventPage, ExplainAnswer, describe_event, describe_explained
from tracking.api.keys import caller_of
from tracking.api.partner_view import PartnerView
from tracking.api.queries import read_query
from tracking.api.schema import body_of, query_of, responses
from tracking.ports import ports
from tracking.services.reading.history import explain_shipment
from tracking.services.reading.partner_shipments import (
    list_own_events,
    read_own_state,
    read_own_state_as_of,
    read_own_states,
)
from tracking.services.recording.corrections import correct_event
from tracking.services.requests.bodies import Correction, TrackedIds
from tracking.services.requests.queries import EventQuery, PastQuery


class Tracking(PartnerView):
    """View: state of one shipment of the partner."""

    scopes = {"GET": "tracking:read"}

    @extend_schema(
        operation_id="read_tracking",
        tags=["tracking"],
        summary="Read the state of a shipment at full precision; with `as_of`, a past state",
        parameters=query_of(PastQuery),
        responses=responses({200: TrackingAnswer}, 410),
    )
    def get(self, request: Request, shipment_id: str) -> HttpResponse:
        """Current state, or the state from the events recorded up to `as_of`."""
        query, caller = read_query(request, PastQuery), caller_of(request)
        if query.as_of is None:
            state = read_own_state(ports(), caller, shipment_id)
            return answer_read(request, partner_answer(state, datetime.now(UTC)))
        state = read_own_state_as_of(ports(), caller, shipment_id, query.as_of, datetime.now(UTC))
        return answer_read(request, partner_answer(state, query.as_of))


class ManyTracked(PartnerView):
    """View: states of many shipments of the partner."""

    scopes = {"POST": "tracking:read"}

    @extend_schema(
        operation_id="read_tracking_batch",
        tags=["tracking"],
        summary="Read the states of up to 100 shipments",
        request=body_of(TrackedIds),
        responses=responses({200: TrackingBatch}),
    )
    def post(self, request: Request) -> HttpResponse:
        """States of the shipments found, in the order of the request, and the ids of the others."""
        wanted = read_body(request.data, TrackedIds).shipment_ids
        found = read_own_states(ports(), caller_of(request), wanted)
        now = datetime.now(UTC)
        answers = [partner_answer(found[key], now) for key in dict.fromkeys(wanted) if key in found]
        missing = [key for key in dict.fromkeys(wanted) if key not in found]
        return answer_json({"found": answers, "not_found": missing})


class ShipmentEvents(PartnerView):
    """View: events of one shipment."""

    scopes = {"GET": "events:read"}

    @extend_schema(
        operation_id="list_events",
        tags=["events"],
        summary="List the events of a shipment",
        parameters=query_of(EventQuery),
        responses=responses({200: EventPage}),
    )
    def get(self, request: Request, shipment_id: str) -> HttpResponse:
        """List events by the time they happened; rejected and corrected ones with `include=rejected`."""
        query = read_query(request, EventQuery)
        after = read_after(request, query)
        page = list_own_events(ports(), caller_of(request), shipment_id, query, after)
        after = page.events[-1].sort_key if page.has_more else None
        described = [describe_event(event, page.evidence.get(event.event_id)) for event in page.events]
        return answer_page(request, query, described, after)


class ShipmentExplained(PartnerView):
    """View: explanation of a shipment's state."""

    scopes = {"GET": "events:read"}

    @extend_schema(
        operation_id="explain_shipment",
        tags=["events"],
        summary="Explain the verdict on each event and the source of the arrival window",
        responses=responses({200: ExplainAnswer}),
    )
    def get(self, request: Request, shipment_id: str) -> HttpResponse:
        """Fold the events again and name the rule of each verdict."""
        state = read_own_state(ports(), caller_of(request), shipment_id)
        explained = explain_shipment(ports().store, shipment_id)
        return answer_read(request, describe_explained(state, explained, datetime.now(UTC)))


class Corrections(PartnerView):
    """View: correct an event."""

    scopes = {"POST": "events:correct"}

    @extend_schema(
        operation_id="correct_event",
        tags=["events"],
        summary="Retract an event, or replace it",
        request=body_of(Correction),
        responses=responses({202: AcceptedEvent}, 409),
    )
    def post(self, request: Request, shipment_id: str, event_id: str) -> HttpResponse:
        """Put the correction on the timeline as an event. It takes effect within a second and is final."""
        correction = read_body(request.data, Correction)
        caller, now = caller_of(request), datetime.now(UTC)
        own_id = correct_event(ports(), caller, shipment_id, event_id, correction, now)
        return answer_json(AcceptedEvent(event_id=own_id), 202)
