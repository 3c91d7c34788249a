"""Root page of the console: the fleet on a map and in a table, open incidents, latest changes."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone

from tracking.api.bodies import answer_json
from tracking.code_texts import CODE_TEXTS
from tracking.domain.status import DELAYED_WORD
from tracking.models import Hub
from tracking.pages.fleet_filters import (
    LIVE,
    FleetFilter,
    filter_rows,
    list_options,
    narrow,
    read_filter,
)
from tracking.pages.incident_cards import list_open_cards
from tracking.pages.key_figures import describe_cards
from tracking.pages.staff import staff_only
from tracking.pages.vehicles import STATE_STYLES, VehicleRow, list_vehicles, make_row
from tracking.ports import ports
from tracking.services.operations.fleet import read_kpis, read_snapshot
from tracking.services.reading.parcels_aboard import read_vehicles
from tracking.services.reading.staff_scope import visible_shipments
from tracking.services.reading.vehicle_affiliations import VehicleAffiliation, list_affiliations
from tracking.services.requests.roles import Scope
from tracking.status_style import SEVERITY_TONES, STATUS_STYLES
from tracking.translation import current_language, translate_status

LANES_OF = timedelta(days=7)
MAX_LANES = 300
# Localities around a hub that belong to its city, and how many are shown in all.
LOCALITY_KM, MAX_LOCALITIES = 18.0, 3000


@staff_only
def show_fleet(request: HttpRequest) -> HttpResponse:
    """Render the page with the newest snapshot; the socket sends later changes."""
    scope = request.staff.scope
    snapshot = read_snapshot(ports(), scope)
    now = datetime.now(UTC)
    affiliations, wanted = list_affiliations(scope, snapshot["vehicles"]), read_filter(request)
    rows = list_vehicles(snapshot["vehicles"], snapshot["incidents"], now)
    context = list_options(scope) | {
        "vehicles": filter_rows(rows, affiliations, wanted),
        "total": len(rows),
        "wanted": wanted,
        "affiliations": {vehicle_id: found._asdict() for vehicle_id, found in affiliations.items()},
        "incidents": list_open_cards(filter(wanted.admits_incident, snapshot["incidents"]), now),
        "snapshot": snapshot,
        "words": list_styles(),
        "has_streets": ports().maps.tiles is not None,
    }
    part, kpis = narrow(scope, wanted), snapshot["kpis"]
    if wanted.narrowing:
        kpis = _narrow_kpis(part, wanted, rows, affiliations)
    figures = describe_cards(ports(), part, kpis, now, wanted.narrowing)
    return render(request, "ops/fleet.html", context | figures)


@staff_only
def show_figures(request: HttpRequest) -> HttpResponse:
    """Render the cards of the key figures alone, for an open page that draws their lines again.

    A chosen hub or partner narrows them; the socket's figures are of the whole scope.
    """
    scope, now, wanted = request.staff.scope, datetime.now(UTC), read_filter(request)
    part = narrow(scope, wanted)
    if wanted.narrowing:
        vehicles = read_vehicles(ports(), scope)
        rows = [make_row(vehicle, troubled=False, now=now) for vehicle in vehicles]
        kpis = _narrow_kpis(part, wanted, rows, list_affiliations(scope, vehicles))
    else:
        kpis = read_kpis(ports(), scope)
    figures = describe_cards(ports(), part, kpis, now, wanted.narrowing)
    return render(request, "ops/key_figures.html", figures)


@staff_only
def show_lanes(request: HttpRequest) -> HttpResponse:
    """Answer with all hubs and the visible lanes (hub, hub) booked within the last week."""
    hubs = Hub.objects.order_by("hub_id").values("hub_id", "name", "town", "lat", "lon")
    return JsonResponse({"hubs": list(hubs), "lanes": _read_lanes(request.staff.scope)})


@staff_only
def show_localities(_request: HttpRequest) -> HttpResponse:
    """Answer with the localities of the hubs' cities: name, latitude, longitude, rank."""
    points = list(Hub.objects.order_by("hub_id").values_list("lat", "lon"))
    found = ports().maps.localities.find_near(points, LOCALITY_KM)
    return answer_json([[row.name, row.lat, row.lon, row.rank] for row in found[:MAX_LOCALITIES]])


def list_styles() -> dict[str, Any]:
    """Collect texts, icons and tones of codes for the console's scripts."""
    language = current_language()
    statuses = {
        code: {"text": translate_status(code, language=language), "icon": style.icon, "tone": style.tone}
        for code, style in STATUS_STYLES.items()
    }
    states = {code: {"text": style.text, "tone": style.tone} for code, style in STATE_STYLES.items()}
    severities = {code: {"text": code.capitalize(), "tone": tone} for code, tone in SEVERITY_TONES.items()}
    return {
        "statuses": statuses,
        "severities": severities,
        "delayed": DELAYED_WORD,
        "states": states,
        "incidents": CODE_TEXTS["incident"],
        "changes": CODE_TEXTS["change"],
    }


def _narrow_kpis(
    part: Scope,
    wanted: FleetFilter,
    rows: list[VehicleRow],
    affiliations: Mapping[str, VehicleAffiliation],
) -> dict[str, Any]:
    """Return the key figures of a part of the scope; vehicles count as the table filters them."""
    kpis = read_kpis(ports(), part)
    if kpis["vehicles_live"] is None:
        return kpis
    counts = {
        name: len(filter_rows(rows, affiliations, wanted._replace(status=status)))
        for name, status in (("vehicles_live", LIVE), ("vehicles_silent", "silent"))
    }
    return kpis | counts


def _read_lanes(scope: Scope) -> list[tuple[str, str]]:
    recent = visible_shipments(scope).filter(
        created_at__gte=timezone.now() - LANES_OF, origin_hub__isnull=False, destination_hub__isnull=False
    )
    pairs = recent.values_list("origin_hub__hub_id", "destination_hub__hub_id").distinct()[:MAX_LANES]
    return sorted({(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]})
