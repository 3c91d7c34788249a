"""Worst parcel aboard each vehicle, for the console: read for the whole fleet at once, kept for seconds."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal, get_args

from django.db.models import OuterRef, Q, Subquery
from django.utils import timezone

from tracking.domain.status import END_STATUSES, Status
from tracking.models import Stop
from tracking.ports import TrackingPorts
from tracking.services.reading.kept_per_scope import kept_per_scope
from tracking.services.reading.staff_scope import limit_vehicles, visible_shipments
from tracking.services.requests.roles import Scope

# How a vehicle is by one of its parcels, the worst first.
ParcelMark = Literal["exception", "failed", "late", "on_time"]
WORST_FIRST: tuple[ParcelMark, ...] = get_args(ParcelMark)
ABOARD_FRESH_S = 10.0


def read_vehicles(ports: TrackingPorts, scope: Scope) -> list[dict[str, Any]]:
    """Return the newest report of each vehicle in the scope, with the mark of its worst parcel. Blocks."""
    return add_aboard(ports, scope, limit_vehicles(scope, ports.live.read_fleet()))


def add_aboard(
    ports: TrackingPorts, scope: Scope, vehicles: Iterable[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return these rows of vehicles with the field `aboard`: the worst mark of the parcels on their runs.

    It is None for a vehicle without a visible parcel aboard, and at most ten seconds old.
    """
    marks = read_marks(ports, scope)
    return [vehicle | {"aboard": marks.get(vehicle["vehicle_id"])} for vehicle in vehicles]


@kept_per_scope(ABOARD_FRESH_S)
def read_marks(ports: TrackingPorts, scope: Scope) -> dict[str, ParcelMark]:
    """Return the mark of each vehicle with visible parcels aboard, at most ten seconds old. Blocks."""
    heard = [vehicle["vehicle_id"] for vehicle in ports.live.read_fleet()]
    found: dict[str, ParcelMark] = {}
    for vehicle_id, status, is_delayed in _list_kinds(scope, heard, timezone.now()):
        worst = find_worst(found.get(vehicle_id), judge_parcel(status, is_delayed))
        if worst is not None:
            found[vehicle_id] = worst
    return found


def judge_parcel(status: str | None, is_delayed: bool) -> ParcelMark | None:
    """Return the mark of a parcel; None for one that has ended or is not known."""
    if status is None or status in END_STATUSES:
        return None
    if status == Status.EXCEPTION:
        return "exception"
    if status == Status.ATTEMPT_FAILED:
        return "failed"
    return "late" if is_delayed else "on_time"


def find_worst(*marks: ParcelMark | None) -> ParcelMark | None:
    """Return the worst of these marks; None if there is none."""
    return min((mark for mark in marks if mark is not None), key=WORST_FIRST.index, default=None)


def _list_kinds(
    scope: Scope, vehicle_ids: list[str], now: datetime
) -> Iterable[tuple[str, str | None, bool]]:
    """Return vehicle, status and delay of the parcels on runs under way, each combination once."""
    parcel = visible_shipments(scope).filter(shipment_id=OuterRef("shipment_id"))
    run_goes_on = Q(manifest__ends_at=None) | Q(manifest__ends_at__gt=now)
    stops = Stop.objects.filter(
        run_goes_on,
        open=True,
        manifest__closed_at=None,
        manifest__starts_at__lte=now,
        manifest__vehicle__vehicle_id__in=vehicle_ids,
    ).annotate(status=Subquery(parcel.values("status")), is_delayed=Subquery(parcel.values("is_delayed")))
    kinds = stops.order_by().values_list("manifest__vehicle__vehicle_id", "status", "is_delayed")
    return kinds.distinct()
