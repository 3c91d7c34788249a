"""Answers of the fleet page about one vehicle: its trail, and the panel with its load and its incidents."""

from datetime import UTC, datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from tracking.domain.errors import TransientError
from tracking.pages.incident_cards import make_symptom, sort_symptoms
from tracking.pages.staff import staff_may, staff_only
from tracking.ports import ports
from tracking.services.operations.incident_changes import list_rows
from tracking.services.operations.staff_drivers import read_masked_driver, unmask_driver
from tracking.services.reading.staff_scope import limit_vehicles, sees_vehicle
from tracking.services.reading.vehicle_affiliations import list_affiliations
from tracking.services.reading.vehicle_loads import (
    Load,
    list_vehicle_incidents,
    list_worst_parcels,
    read_load,
)
from tracking.services.reading.vehicle_trails import read_trail
from tracking.services.requests.roles import Scope, Verb

# Parcels without an open incident that the panel names.
MAX_WORST = 10


@staff_only
def show_affiliations(request: HttpRequest) -> HttpResponse:
    """Answer with partner and hubs of each vehicle in the scope, for the filters."""
    scope = request.staff.scope
    found = list_affiliations(scope, limit_vehicles(scope, ports().live.read_fleet()))
    return JsonResponse({vehicle_id: affiliations._asdict() for vehicle_id, affiliations in found.items()})


@staff_only
def show_trail(request: HttpRequest, vehicle_id: str) -> HttpResponse:
    """Answer with the positions of the last half hour, oldest first: time in ms, latitude, longitude."""
    _find_newest(request.staff.scope, vehicle_id)
    try:
        points = read_trail(ports().vehicles, vehicle_id, datetime.now(UTC))
    except TransientError:
        return HttpResponse(status=503)
    return JsonResponse({"points": points})


@staff_only
def show_panel(request: HttpRequest, vehicle_id: str) -> HttpResponse:
    """Render what the vehicle carries, its stops, and the incidents about it and its parcels."""
    scope, now = request.staff.scope, datetime.now(UTC)
    newest = _find_newest(scope, vehicle_id)
    load = read_load(scope, vehicle_id, newest["shipment_id"] if newest else None, now)
    context = {"vehicle_id": vehicle_id, "driver": read_masked_driver(scope, vehicle_id), "load": load}
    return render(request, "ops/vehicle_panel.html", context | describe_reasons(scope, vehicle_id, load, now))


@staff_only
def show_driver(request: HttpRequest, vehicle_id: str) -> HttpResponse:
    """Render the driver of the vehicle, masked, with the button that shows the contact in clear."""
    driver = read_masked_driver(request.staff.scope, vehicle_id)
    if driver is None:
        raise Http404("No driver is known.")
    return render(request, "ops/driver.html", {"vehicle_id": vehicle_id, "driver": driver})


@staff_may(Verb.UNMASK_DRIVER)
@require_POST
def unmask(request: HttpRequest, vehicle_id: str) -> HttpResponse:
    """Render the driver of the vehicle in clear, once."""
    driver = unmask_driver(request.staff, vehicle_id)
    return render(request, "ops/driver.html", {"vehicle_id": vehicle_id, "driver": driver, "in_clear": True})


def describe_reasons(scope: Scope, vehicle_id: str, load: Load, now: datetime) -> dict[str, Any]:
    """Return why the vehicle has its state: the open incidents, and the worst parcels without one."""
    incidents = list_vehicle_incidents(scope, vehicle_id, load, now)
    worst = [parcel for parcel in list_worst_parcels(scope, load) if parcel.incident not in incidents]
    return {
        "symptoms": sort_symptoms(make_symptom(incident, now) for incident in list_rows(incidents)),
        "worst": worst[:MAX_WORST],
        "more_worst": len(worst[MAX_WORST:]),
    }


def _find_newest(scope: Scope, vehicle_id: str) -> dict[str, Any] | None:
    """Return the newest position of the vehicle, as the scope shows it; None if there is none.

    Raises `Http404` for a vehicle outside of the scope.
    """
    rows = [row for row in ports().live.read_fleet() if row["vehicle_id"] == vehicle_id]
    shown = limit_vehicles(scope, rows)
    if not shown and (rows or not sees_vehicle(scope, vehicle_id)):
        raise Http404("No such vehicle.")
    return shown[0] if shown else None
