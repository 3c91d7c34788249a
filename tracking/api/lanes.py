"""`/api/v1/lanes`: planned travel times of a partner from hub to hub."""

from datetime import UTC, datetime

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from tracking.api.answers import Time
from tracking.api.bodies import answer_json, read_body
from tracking.api.conditional import answer_read, require_match
from tracking.api.keys import caller_of
from tracking.api.partner_view import PartnerView
from tracking.api.schema import body_of, responses
from tracking.domain.events import format_time
from tracking.models import LanePlan
from tracking.services.partners.lane_plans import find_plan, keep_plan
from tracking.services.requests.bodies import LaneChange


class LaneAnswer(msgspec.Struct):
    """Lane between two hubs with its planned minutes, null without a plan."""

    origin_hub: str
    destination_hub: str
    planned_minutes: int | None
    updated_at: Time | None


class Lanes(PartnerView):
    """View: planned travel time of a lane."""

    scopes = {"GET": "shipments:read", "PUT": "shipments:write"}

    @extend_schema(
        operation_id="read_lane",
        tags=["lanes"],
        summary="Read the planned time of a lane",
        responses=responses({200: LaneAnswer}),
    )
    def get(self, request: Request, origin: str, destination: str) -> HttpResponse:
        """Your own plan. Bookings without planned minutes take it."""
        return answer_read(request, describe_lane(find_plan(caller_of(request), origin, destination)))

    @extend_schema(
        operation_id="plan_lane",
        tags=["lanes"],
        summary="Set the planned time of a lane",
        request=body_of(LaneChange),
        responses=responses({200: LaneAnswer}, 412),
    )
    def put(self, request: Request, origin: str, destination: str) -> HttpResponse:
        """Set the plan for bookings made from now on."""
        minutes = read_body(request.data, LaneChange).planned_minutes
        caller = caller_of(request)
        require_match(request, describe_lane(find_plan(caller, origin, destination)))
        return answer_json(describe_lane(keep_plan(caller, origin, destination, minutes, datetime.now(UTC))))


def describe_lane(plan: LanePlan) -> LaneAnswer:
    """Build the answer of a lane and its plan, if there is one."""
    is_planned = plan.pk is not None
    return LaneAnswer(
        plan.origin.hub_id,
        plan.destination.hub_id,
        plan.planned_minutes if is_planned else None,
        format_time(plan.updated_at) if is_planned else None,
    )
