"""`/api/v1/vehicles`: a partner's vehicles, and where they have been."""

from datetime import UTC, datetime, timedelta

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from tracking.api.answers import ExactPosition, Time
from tracking.api.bodies import answer_json, read_body
from tracking.api.conditional import answer_read, require_match
from tracking.api.cursors import answer_page, read_after
from tracking.api.keys import caller_of
from tracking.api.partner_view import PartnerView
from tracking.api.queries import read_query
from tracking.api.schema import body_of, query_of, responses
from tracking.domain.events import TrackingEvent, format_time
from tracking.models import Vehicle
from tracking.ports import VehicleStore, ports
from tracking.services.partners.vehicles import (
    change_vehicle,
    find_vehicle,
    list_vehicles,
    read_positions,
    read_vehicle_state,
    register_vehicle,
    remove_vehicle,
)
from tracking.services.requests.bodies import NewVehicle, VehicleChange
from tracking.services.requests.callers import Caller
from tracking.services.requests.queries import PageQuery, PositionQuery
from tracking.services.requests.refusals import Mistake, RequestRefusedError

USUAL_SPAN = timedelta(hours=24)


class VehicleFields(msgspec.Struct):
    """A vehicle as it was registered."""

    vehicle_id: str
    label: str
    class_: str = msgspec.field(name="class")
    cohort: str
    livemode: bool
    created_at: Time


class VehicleAnswer(VehicleFields):
    """A vehicle with where it was last; `vehicle_version` grows with each position that counted."""

    position: ExactPosition | None
    vehicle_version: int


class VehiclePage(msgspec.Struct):
    """A page of vehicles; `next` is the cursor of the one after it, null on the last."""

    results: list[VehicleFields]
    next: str | None


class PositionAnswer(ExactPosition):
    """Where a vehicle was; degrees, km/h, metres. `fix_flags` say what cleaning thought of it."""

    event_id: str
    received_at: Time
    speed_kmh: float | None
    heading: float | None
    accuracy_m: float | None
    fix_flags: list[str]


class PositionPage(msgspec.Struct):
    """A page of positions, oldest first; `next` is the cursor of the one after it, null on the last."""

    results: list[PositionAnswer]
    next: str | None


class Vehicles(PartnerView):
    """Register vehicles, and list them."""

    scopes = {"GET": "vehicles:read", "POST": "vehicles:write"}

    @extend_schema(
        operation_id="list_vehicles",
        tags=["vehicles"],
        summary="List your vehicles",
        parameters=query_of(PageQuery),
        responses=responses({200: VehiclePage}),
    )
    def get(self, request: Request) -> HttpResponse:
        """The newest first."""
        query = read_query(request, PageQuery)
        found = list_vehicles(caller_of(request), read_after(request, query), query.limit)
        shown, more = found[: query.limit], len(found) > query.limit
        told = [describe_fields(vehicle) for vehicle in shown]
        return answer_page(request, query, told, shown[-1].pk if more else None)

    @extend_schema(
        operation_id="register_vehicle",
        tags=["vehicles"],
        summary="Register a vehicle",
        request=body_of(NewVehicle),
        responses=responses({201: VehicleAnswer}, 409),
    )
    def post(self, request: Request) -> HttpResponse:
        """What its device reports from now on, it reports for you."""
        caller = caller_of(request)
        vehicle = register_vehicle(ports().vehicles, caller, read_body(request.data, NewVehicle))
        location = f"{request.path}/{vehicle.vehicle_id}"
        return answer_json(describe_vehicle(ports().vehicles, caller, vehicle), 201, {"Location": location})


class VehicleById(PartnerView):
    """One vehicle of the partner's own."""

    scopes = {"GET": "vehicles:read", "PATCH": "vehicles:write", "DELETE": "vehicles:write"}

    @extend_schema(
        operation_id="read_vehicle",
        tags=["vehicles"],
        summary="Read a vehicle, and where it is",
        responses=responses({200: VehicleAnswer}),
    )
    def get(self, request: Request, vehicle_id: str) -> HttpResponse:
        """As registered, with its newest position."""
        caller = caller_of(request)
        vehicle = find_vehicle(caller, vehicle_id)
        return answer_read(request, describe_vehicle(ports().vehicles, caller, vehicle))

    @extend_schema(
        operation_id="change_vehicle",
        tags=["vehicles"],
        summary="Change what is said of a vehicle",
        request=body_of(VehicleChange),
        responses=responses({200: VehicleAnswer}, 412),
    )
    def patch(self, request: Request, vehicle_id: str) -> HttpResponse:
        """Fields left out stay as they are."""
        change, caller = read_body(request.data, VehicleChange), caller_of(request)
        vehicle = find_vehicle(caller, vehicle_id)
        require_match(request, describe_vehicle(ports().vehicles, caller, vehicle))
        changed = change_vehicle(caller, vehicle_id, change)
        return answer_json(describe_vehicle(ports().vehicles, caller, changed))

    @extend_schema(
        operation_id="remove_vehicle",
        tags=["vehicles"],
        summary="Remove a vehicle",
        responses=responses({204: None}, 409, 412),
    )
    def delete(self, request: Request, vehicle_id: str) -> HttpResponse:
        """Its positions stay until they expire; one with an open manifest cannot go."""
        caller = caller_of(request)
        vehicle = find_vehicle(caller, vehicle_id)
        require_match(request, describe_vehicle(ports().vehicles, caller, vehicle))
        remove_vehicle(ports().vehicles, caller, vehicle_id)
        return HttpResponse(status=204)


class Positions(PartnerView):
    """Where a vehicle has been."""

    scopes = {"GET": "vehicles:read"}

    @extend_schema(
        operation_id="list_positions",
        tags=["vehicles"],
        summary="List where a vehicle has been",
        parameters=query_of(PositionQuery),
        responses=responses({200: PositionPage}),
    )
    def get(self, request: Request, vehicle_id: str) -> HttpResponse:
        """Oldest first; the last 24 hours unless asked otherwise."""
        query, now = read_query(request, PositionQuery), datetime.now(UTC)
        until = query.to or now
        from_ = query.from_ or until - USUAL_SPAN
        if from_ >= until:
            raise RequestRefusedError([Mistake("?from", "invalid", "it lies after the end")])
        after = read_after(request, query)
        caller, limit = caller_of(request), query.limit + 1
        found = read_positions(ports().vehicles, caller, vehicle_id, from_, until, after, limit)
        shown, more = found[: query.limit], len(found) > query.limit
        told = [describe_position(fix) for fix in shown]
        return answer_page(request, query, told, shown[-1].sort_key if more else None)


def describe_fields(vehicle: Vehicle) -> VehicleFields:
    """A vehicle as it was registered."""
    return VehicleFields(
        vehicle_id=vehicle.vehicle_id,
        label=vehicle.label,
        class_=vehicle.vehicle_class,
        cohort=vehicle.cohort,
        livemode=vehicle.livemode,
        created_at=format_time(vehicle.created_at),
    )


def describe_vehicle(store: VehicleStore, caller: Caller, vehicle: Vehicle) -> VehicleAnswer:
    """A vehicle with where it was last."""
    state = read_vehicle_state(store, caller, vehicle.vehicle_id)
    fix = state.fix
    position = fix and ExactPosition(lat=fix.lat, lon=fix.lon, occurred_at=format_time(fix.occurred_at))
    return VehicleAnswer(
        **msgspec.structs.asdict(describe_fields(vehicle)),
        position=position,
        vehicle_version=state.vehicle_version,
    )


def describe_position(fix: TrackingEvent) -> PositionAnswer:
    """A position with what is known of its quality."""
    return PositionAnswer(
        lat=fix.lat,
        lon=fix.lon,
        occurred_at=format_time(fix.occurred_at),
        event_id=fix.event_id,
        received_at=format_time(fix.received_at),
        speed_kmh=fix.speed_kmh,
        heading=fix.heading,
        accuracy_m=fix.accuracy_m,
        fix_flags=list(fix.fix_flags),
    )
