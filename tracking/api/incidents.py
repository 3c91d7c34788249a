"""`/api/v1/incidents`: incidents of a partner's shipments and vehicles."""

from datetime import UTC, datetime

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from tracking.api.bodies import answer_json, read_body
from tracking.api.conditional import answer_read
from tracking.api.cursors import answer_rows, read_after
from tracking.api.keys import caller_of
from tracking.api.partner_view import PartnerView
from tracking.api.queries import read_query
from tracking.api.schema import body_of, query_of, responses
from tracking.ports import ports
from tracking.services.operations.incident_changes import acknowledge_incident, resolve_incident
from tracking.services.operations.incidents import find_incident, list_incidents
from tracking.services.reading.incident_answers import IncidentAnswer, describe_incident
from tracking.services.requests.bodies import Resolution
from tracking.services.requests.queries import IncidentQuery


class IncidentPage(msgspec.Struct):
    """Page of incidents. `next` is the cursor of the next page, null on the last."""

    results: list[IncidentAnswer]
    next: str | None


class Incidents(PartnerView):
    """View: incidents of the partner's shipments and vehicles."""

    scopes = {"GET": "incidents:read"}

    @extend_schema(
        operation_id="list_incidents",
        tags=["incidents"],
        summary="List incidents",
        parameters=query_of(IncidentQuery),
        responses=responses({200: IncidentPage}),
    )
    def get(self, request: Request) -> HttpResponse:
        """List incidents, newest first."""
        query = read_query(request, IncidentQuery)
        found = list_incidents(caller_of(request), query, read_after(request, query))
        return answer_rows(request, query, found, describe_incident)


class IncidentById(PartnerView):
    """View: one incident."""

    scopes = {"GET": "incidents:read"}

    @extend_schema(
        operation_id="read_incident",
        tags=["incidents"],
        summary="Read an incident",
        responses=responses({200: IncidentAnswer}),
    )
    def get(self, request: Request, incident_id: str) -> HttpResponse:
        """Kind, severity and progress of the incident."""
        return answer_read(request, describe_incident(find_incident(caller_of(request), incident_id)))


class IncidentAcknowledged(PartnerView):
    """View: acknowledge an incident."""

    scopes = {"POST": "incidents:write"}

    @extend_schema(
        operation_id="acknowledge_incident",
        tags=["incidents"],
        summary="Acknowledge an incident",
        request=None,
        responses=responses({200: IncidentAnswer}, 409),
    )
    def post(self, request: Request, incident_id: str) -> HttpResponse:
        """Keep the first acknowledgement; repeating it changes nothing."""
        caller = caller_of(request)
        incident = find_incident(caller, incident_id)
        acknowledged = acknowledge_incident(ports().live, incident, caller.actor, datetime.now(UTC))
        return answer_json(describe_incident(acknowledged))


class IncidentResolved(PartnerView):
    """View: resolve an incident."""

    scopes = {"POST": "incidents:write"}

    @extend_schema(
        operation_id="resolve_incident",
        tags=["incidents"],
        summary="Resolve an incident, with its result",
        request=body_of(Resolution),
        responses=responses({200: IncidentAnswer}, 409),
    )
    def post(self, request: Request, incident_id: str) -> HttpResponse:
        """Resolve the incident once. The same cause opens a new incident later."""
        resolution = read_body(request.data, Resolution)
        caller = caller_of(request)
        incident = find_incident(caller, incident_id)
        resolved = resolve_incident(ports().live, incident, resolution, caller.actor, datetime.now(UTC))
        return answer_json(describe_incident(resolved))
