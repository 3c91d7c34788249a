"""`/api/v1/vehicles`: vehicles of a partner and their positions."""

from datetime import UTC, datetime, timedelta

import msgspec
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from tracking.api.answers import ExactPosition, Time
from tracking.api.bodies import answer_json, read_body
from tracking.api.conditional import answer_read, require_match
from tracking.api.cursors import answer_page, answer_rows, read_after
from tracking.api.keys import caller_of
from tracking.api.partner_view import PartnerView
from tracking.api.queries import read_query
from tracking.api.schema import body_of, query_of, responses
from tracking.domain.events import VehicleFix, format_time
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

DEFAULT_SPAN = timedelta(hours=24)


class VehicleFields(msgspec.Struct):
    """Vehicle as registered."""

    vehicle_id: str
    label: str
    class_: str = msgspec.field(name="class")
    cohort: str
    livemode: bool
    created_at: Time


class VehicleAnswer(VehicleFields):
    """Vehicle with its last position. `vehicle_version` grows with each position that was applied."""

    position: ExactPosition | None
    vehicle_version: int


class VehiclePage(msgspec.Struct):
    """Page of vehicles. `next` is the cursor of the next page, null on the last."""

    results: list[VehicleFields]
    next: str | None


class PositionAnswer(ExactPosition):
    """Position of a vehicle. Degrees, km/h, metres. `fix_flags` are the findings of position cleaning."""

    event_id: str
    received_at: Time
    speed_kmh: float | None
    heading: float | None
    accuracy_m: float | None
    fix_flags: list[str]


class PositionPage(msgspec.Struct):
    """Page of positions, oldest first. `next` is the cursor of the next page, null on the last."""

    results: list[PositionAnswer]
    next: str | None


class Vehicles(PartnerView):
    """View: register and list vehicles."""

    scopes = {"GET": "vehicles:read", "POST": "vehicles:write"}

    @extend_schema(
        operation_id="list_vehicles",
        tags=["vehicles"],
        summary="List your vehicles",
        parameters=query_of(PageQuery),
        responses=responses({200: VehiclePage}),
    )
    def get(self, request: Request) -> HttpResponse:
        """List vehicles, newest first."""
        query = read_query(request, PageQuery)
        found = list_vehicles(caller_of(request), read_after(request, query), query.limit)
        return answer_rows(request, query, found, describe_fields)

    @extend_schema(
        operation_id="register_vehicle",
        tags=["vehicles"],
        summary="Register a vehicle",
        request=body_of(NewVehicle),
        responses=responses({201: VehicleAnswer}, 409),
    )
    def post(self, request: Request) -> HttpResponse:
        """Register a vehicle. Reports of its device belong to you from now on."""
        caller = caller_of(request)
        vehicle = register_vehicle(ports().vehicles, caller, read_body(request.data, NewVehicle))
        location = f"{request.path}/{vehicle.vehicle_id}"
        return answer_json(describe_vehicle(ports().vehicles, caller, vehicle), 201, {"Location": location})


class VehicleById(PartnerView):
    """View: one vehicle of the partner."""

    scopes = {"GET": "vehicles:read", "PATCH": "vehicles:write", "DELETE": "vehicles:write"}

    @extend_schema(
        operation_id="read_vehicle",
        tags=["vehicles"],
        summary="Read a vehicle and its last position",
        responses=responses({200: VehicleAnswer}),
    )
    def get(self, request: Request, vehicle_id: str) -> HttpResponse:
        """Vehicle as registered, with its last position."""
        caller = caller_of(request)
        vehicle = find_vehicle(caller, vehicle_id)
        return answer_read(request, describe_vehicle(ports().vehicles, caller, vehicle))

    @extend_schema(
        operation_id="change_vehicle",
        tags=["vehicles"],
        summary="Change a vehicle",
        request=body_of(VehicleChange),
        responses=responses({200: VehicleAnswer}, 412),
    )
    def patch(self, request: Request, vehicle_id: str) -> HttpResponse:
        """Change fields of a vehicle. Fields left out keep their values."""
        change, caller = read_body(request.data, VehicleChange), caller_of(request)
        vehicle = find_vehicle(caller, vehicle_id)
        require_match(request, describe_vehicle(ports().vehicles, caller, vehicle))
        changed = change_vehicle(ports().vehicles, caller, vehicle_id, change)
        return answer_json(describe_vehicle(ports().vehicles, caller, changed))

    @extend_schema(
        operation_id="remove_vehicle",
        tags=["vehicles"],
        summary="Remove a vehicle",
        responses=responses({204: None}, 409, 412),
    )
    def delete(self, request: Request, vehicle_id: str) -> HttpResponse:
        """Remove a vehicle without an open manifest. Its positions stay until they expire."""
        caller = caller_of(request)
        vehicle = find_vehicle(caller, vehicle_id)
        require_match(request, describe_vehicle(ports().vehicles, caller, vehicle))
        remove_vehicle(ports().vehicles, caller, vehicle_id)
        return HttpResponse(status=204)


class Positions(PartnerView):
    """View: positions of a vehicle."""

    scopes = {"GET": "vehicles:read"}

    @extend_schema(
        operation_id="list_positions",
        tags=["vehicles"],
        summary="List the positions of a vehicle",
        parameters=query_of(PositionQuery),
        responses=responses({200: PositionPage}),
    )
    def get(self, request: Request, vehicle_id: str) -> HttpResponse:
        """List positions, oldest first. The default is the last 24 hours."""
        query, now = read_query(request, PositionQuery), datetime.now(UTC)
        until = query.to or now
        from_ = query.from_ or until - DEFAULT_SPAN
        if from_ >= until:
            raise RequestRefusedError([Mistake("?from", "contradiction", "it lies after the end")])
        after = read_after(request, query)
        caller, limit = caller_of(request), query.limit + 1
        found = read_positions(ports().vehicles, caller, vehicle_id, from_, until, after, limit)
        shown, more = found[: query.limit], len(found) > query.limit
        answers = [describe_position(fix) for fix in shown]
        return answer_page(request, query, answers, shown[-1].sort_key if more else None)


def describe_fields(vehicle: Vehicle) -> VehicleFields:
    """Build the answer of a vehicle as registered."""
    return VehicleFields(
        vehicle_id=vehicle.vehicle_id,
        label=vehicle.label,
        class_=vehicle.vehicle_class,
        cohort=vehicle.cohort,
        livemode=vehicle.livemode,
        created_at=format_time(vehicle.created_at),
    )


def describe_vehicle(store: VehicleStore, caller: Caller, vehicle: Vehicle) -> VehicleAnswer:
    """Build the answer of a vehicle with its last position."""
    state = read_vehicle_state(store, caller, vehicle.vehicle_id)
    fix = state.fix
    position = fix and ExactPosition(lat=fix.lat, lon=fix.lon, occurred_at=format_time(fix.occurred_at))
    return VehicleAnswer(
        **msgspec.structs.asdict(describe_fields(vehicle)),
        position=position,
        vehicle_version=state.vehicle_version,
    )


def describe_position(fix: VehicleFix) -> PositionAnswer:
    """Build the answer of a position with its quality."""
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
