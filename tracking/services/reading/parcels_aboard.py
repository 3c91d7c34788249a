"""Worst parcel aboard each vehicle, for the console: read for the whole fleet at once, kept for seconds."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal, NamedTuple, get_args

from django.db.models import Count, Min, OuterRef, Q, Subquery
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


class WorstAboard(NamedTuple):
    """Worst visible parcel on the runs of a vehicle, and how many more have not ended.

    Of several that are as bad it is the one with the least number, so that it stays the same.
    """

    mark: ParcelMark
    shipment_id: str
    status: str
    more: int


def read_vehicles(ports: TrackingPorts, scope: Scope) -> list[dict[str, Any]]:
    """Return the newest report of each vehicle in the scope, with the mark of its worst parcel. Blocks."""
    return add_aboard(ports, scope, limit_vehicles(scope, ports.live.read_fleet()))


def add_aboard(
    ports: TrackingPorts, scope: Scope, vehicles: Iterable[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return these rows of vehicles with what their runs carry; both fields are at most ten seconds old.

    `aboard` is the worst mark of the parcels, and `worst_parcel` has the `shipment_id` and `status` of such a
    parcel, and how many `more` there are. Both are None for a vehicle without a visible parcel aboard.
    """
    found = read_worst_parcels(ports, scope)
    return [vehicle | _describe(found.get(vehicle["vehicle_id"])) for vehicle in vehicles]


@kept_per_scope(ABOARD_FRESH_S)
def read_worst_parcels(ports: TrackingPorts, scope: Scope) -> dict[str, WorstAboard]:
    """Return the worst visible parcel on the runs of each vehicle, at most ten seconds old. Blocks."""
    heard = [vehicle["vehicle_id"] for vehicle in ports.live.read_fleet()]
    found: dict[str, WorstAboard] = {}
    for vehicle_id, status, is_delayed, parcels, first in _list_kinds(scope, heard, timezone.now()):
        mark = judge_parcel(status, is_delayed)
        if status is None or mark is None:
            continue
        one = WorstAboard(mark, first, status, parcels - 1)
        found[vehicle_id] = _join(found[vehicle_id], one) if vehicle_id in found else one
    return found


def count_aboard(scope: Scope, vehicle_ids: Sequence[str], now: datetime) -> Counter[str]:
    """Count the visible parcels on the runs of each of these vehicles that have not ended. Blocks."""
    counts: Counter[str] = Counter()
    for vehicle_id, status, is_delayed, parcels, _ in _list_kinds(scope, vehicle_ids, now):
        if judge_parcel(status, is_delayed) is not None:
            counts[vehicle_id] += parcels
    return counts


def _join(one: WorstAboard, other: WorstAboard) -> WorstAboard:
    worst = min(one, other, key=lambda each: (WORST_FIRST.index(each.mark), each.shipment_id))
    return worst._replace(more=one.more + other.more + 1)


def _describe(worst: WorstAboard | None) -> dict[str, Any]:
    if worst is None:
        return {"aboard": None, "worst_parcel": None}
    parcel = {"shipment_id": worst.shipment_id, "status": worst.status, "more": worst.more}
    return {"aboard": worst.mark, "worst_parcel": parcel}


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
    scope: Scope, vehicle_ids: Sequence[str], now: datetime
) -> Iterable[tuple[str, str | None, bool, int, str]]:
    """Return the parcels on runs under way, by vehicle, status and delay; an invisible one has no status.

    Each row has vehicle, status and delay, how many parcels these are, and the least of their numbers.
    """
    parcel = visible_shipments(scope).filter(shipment_id=OuterRef("shipment_id"))
    run_goes_on = Q(manifest__ends_at=None) | Q(manifest__ends_at__gt=now)
    stops = Stop.objects.filter(
        run_goes_on,
        open=True,
        manifest__closed_at=None,
        manifest__starts_at__lte=now,
        manifest__vehicle__vehicle_id__in=vehicle_ids,
    ).annotate(status=Subquery(parcel.values("status")), is_delayed=Subquery(parcel.values("is_delayed")))
    kinds = stops.order_by().values("manifest__vehicle__vehicle_id", "status", "is_delayed")
    counted = kinds.annotate(parcels=Count("pk"), first=Min("shipment_id"))
    return counted.values_list("manifest__vehicle__vehicle_id", "status", "is_delayed", "parcels", "first")
