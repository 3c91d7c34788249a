"""`/ops/vehicles/`: vehicles with state, last report, hub and parcels aboard, filtered, page by page."""

from datetime import UTC, datetime
from typing import NamedTuple, get_args
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tracking.domain.payload import is_id
from tracking.domain.typed_text import strip_invisible
from tracking.models import Hub
from tracking.pages.staff import staff_only
from tracking.pages.vehicles import ORDER, STATE_STYLES, StateStyle, VehicleRow, VehicleState, make_row
from tracking.ports import ports
from tracking.services.operations.fleet import find_troubled, is_stream_late
from tracking.services.operations.vehicle_list import (
    ListedVehicle,
    Load,
    find_vehicles_of_hub,
    list_known_vehicles,
    read_loads,
)
from tracking.services.reading.staff_scope import find_owned
from tracking.services.reading.typed_numbers import make_plain
from tracking.services.requests.roles import Scope

PAGE_SIZE = 100
MAX_QUERY = 64
NEVER: StateStyle = StateStyle("Not heard of", "idle")
NEVER_CODE = "never"
STATES: tuple[str, ...] = (*get_args(VehicleState), NEVER_CODE)


class VehicleFilter(NamedTuple):
    """Filters of the address; an empty one admits all. `query` is a part of the id."""

    query: str = ""
    state: str = ""
    hub: str = ""
    page: int = 1


class ShownVehicle(NamedTuple):
    """Vehicle in the table: its newest report unless it was not heard of within a day, and its load.

    `has_page` is False for one that is in the scope only by a parcel aboard.
    """

    vehicle_id: str
    has_page: bool
    style: StateStyle
    row: VehicleRow | None
    load: Load


@staff_only
def show_vehicles(request: HttpRequest) -> HttpResponse:
    """Show a page of the vehicles that the filters admit, those that need attention first."""
    scope, now = request.staff.scope, datetime.now(UTC)
    wanted = read_filter(request)
    found = _filter(scope, wanted, now)
    start = (wanted.page - 1) * PAGE_SIZE
    shown = found[start : start + PAGE_SIZE]
    ids = [vehicle.vehicle_id for vehicle, _ in shown]
    loads, owned = read_loads(scope, ids, now), find_owned(scope, ids)
    hubs = Hub.objects.order_by("hub_id")
    context = {
        "wanted": wanted,
        "vehicles": [_show(vehicle, row, loads, owned) for vehicle, row in shown],
        "count": len(found),
        "is_late": is_stream_late(ports(), now),
        "states": [(state, _find_style(state).text) for state in STATES],
        "hubs": hubs.filter(pk__in=scope.hubs) if scope.hubs else hubs,
        "before": _make_address(wanted, wanted.page - 1) if wanted.page > 1 else "",
        "after": _make_address(wanted, wanted.page + 1) if start + PAGE_SIZE < len(found) else "",
    }
    return render(request, "ops/vehicles.html", context)


def read_filter(request: HttpRequest) -> VehicleFilter:
    """Return the filters of the address; what cannot be read counts as empty."""
    query = strip_invisible(request.GET.get("q", ""))[:MAX_QUERY]
    state, hub, page = (request.GET.get(name, "") for name in ("state", "hub", "page"))
    return VehicleFilter(
        query,
        state if state in STATES else "",
        hub if is_id(hub) else "",
        max(1, int(page)) if page.isascii() and page.isdigit() and len(page) < 6 else 1,
    )


def _filter(
    scope: Scope, wanted: VehicleFilter, now: datetime
) -> list[tuple[ListedVehicle, VehicleRow | None]]:
    part = make_plain(wanted.query)
    known = [each for each in list_known_vehicles(ports(), scope) if part in make_plain(each.vehicle_id)]
    if wanted.hub:
        at_hub = find_vehicles_of_hub(scope, wanted.hub)
        known = [each for each in known if each.vehicle_id in at_hub]
    troubled = find_troubled(scope, now)
    rows = [
        (each, make_row(each.report, each.vehicle_id in troubled, now) if each.report else None)
        for each in known
    ]
    if wanted.state:
        rows = [(each, row) for each, row in rows if (row.state if row else NEVER_CODE) == wanted.state]
    return sorted(rows, key=lambda pair: ORDER.index(pair[1].state) if pair[1] else len(ORDER))


def _show(
    vehicle: ListedVehicle, row: VehicleRow | None, loads: dict[str, Load], owned: set[str]
) -> ShownVehicle:
    one = vehicle.vehicle_id
    return ShownVehicle(one, one in owned, row.style if row else NEVER, row, loads.get(one, Load()))


def _find_style(state: str) -> StateStyle:
    return next((style for code, style in STATE_STYLES.items() if code == state), NEVER)


def _make_address(wanted: VehicleFilter, page: int) -> str:
    given = {"q": wanted.query, "state": wanted.state, "hub": wanted.hub, "page": page}
    return "?" + urlencode({name: value for name, value in given.items() if value})
