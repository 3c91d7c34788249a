"""Load of a vehicle for the console: its run, the stops of the run, and whether parcels are aboard."""

from datetime import datetime
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from tracking.domain.status import END_STATUSES
from tracking.models import Incident, Manifest, Shipment
from tracking.services.reading.parcels_aboard import ParcelMark, find_worst, judge_parcel
from tracking.services.reading.staff_scope import visible_incidents, visible_shipments
from tracking.services.requests.roles import Scope

MAX_INCIDENTS = 20
# Incidents that say why a parcel has its mark.
CAUSES: dict[ParcelMark, tuple[str, ...]] = {
    "exception": ("exception",),
    "failed": ("attempt_failed", "attempt_doubtful"),
    "late": ("delayed",),
}


class LoadStop(NamedTuple):
    """Stop of a run: its number in the order of the run, its shipment, and whether the parcel has left."""

    number: int
    shipment: Shipment
    is_done: bool


class WorstParcel(NamedTuple):
    """Parcel that gives its vehicle the mark, and the newest incident that says why; None without one."""

    shipment: Shipment
    mark: ParcelMark
    incident: Incident | None


class Load(NamedTuple):
    """Parcels of a vehicle. `manifest` is its run under way, None without one.

    `stops` are those in the scope of the reader, the open ones first; `hidden` counts the others. `last_scan`
    is the shipment that was last scanned aboard and is not on the run; None for one that has ended.
    """

    manifest: Manifest | None
    stops: list[LoadStop]
    hidden: int
    last_scan: Shipment | None

    @property
    def left(self) -> list[LoadStop]:
        """Stops whose parcels are still aboard."""
        return [stop for stop in self.stops if not stop.is_done]

    @property
    def parcels(self) -> list[Shipment]:
        """Parcels that are aboard, in the order of their stops."""
        return [stop.shipment for stop in self.left] + ([self.last_scan] if self.last_scan else [])

    @property
    def is_empty(self) -> bool:
        """True only if it is known that nothing is aboard: every stop of the run is seen and done."""
        return self.manifest is not None and not self.hidden and not self.left and self.last_scan is None

    @property
    def is_unknown(self) -> bool:
        """True if nothing says whether a parcel is aboard."""
        return self.manifest is None and self.last_scan is None


def read_load(scope: Scope, vehicle_id: str, last_shipment_id: str | None, now: datetime) -> Load:
    """Return the load of the vehicle at `now`; `last_shipment_id` is the parcel last scanned aboard."""
    manifest = _find_run(vehicle_id, now)
    numbers = _read_numbers(manifest)
    booked = {row.shipment_id: row for row in _read_shipments(scope, numbers)}
    stops = [LoadStop(numbers[name], row, row.status in END_STATUSES) for name, row in booked.items()]
    stops.sort(key=lambda stop: (stop.is_done, stop.number, stop.shipment.shipment_id))
    last = None
    if last_shipment_id is not None and last_shipment_id not in numbers:
        last = _read_shipments(scope, [last_shipment_id]).exclude(status__in=END_STATUSES).first()
    return Load(manifest, stops, len(numbers) - len(booked), last)


def list_vehicle_incidents(scope: Scope, vehicle_id: str, load: Load, now: datetime) -> list[Incident]:
    """Return what is open and not snoozed of the vehicle and of the parcels aboard, oldest first."""
    aboard = [parcel.shipment_id for parcel in load.parcels]
    about = Q(vehicle_id=vehicle_id) | Q(shipment_id__in=aboard)
    found = visible_incidents(scope).filter(about, resolved_at=None).exclude(snoozed_until__gt=now)
    return list(found.order_by("opened_at")[:MAX_INCIDENTS])


def list_worst_parcels(scope: Scope, load: Load) -> list[WorstParcel]:
    """Return the parcels aboard that make the vehicle late or worse, in the order of their stops.

    An incident that somebody has resolved still says why its parcel is late.
    """
    marks = {one.shipment_id: judge_parcel(one.status, one.is_delayed) for one in load.parcels}
    worst = find_worst(*marks.values())
    if worst is None or worst not in CAUSES:
        return []
    parcels = [one for one in load.parcels if marks[one.shipment_id] == worst]
    causes = visible_incidents(scope).filter(
        shipment_id__in=[one.shipment_id for one in parcels], code__in=CAUSES[worst]
    )
    newest = {incident.shipment_id: incident for incident in causes.order_by("opened_at")}
    return [WorstParcel(one, worst, newest.get(one.shipment_id)) for one in parcels]


def _find_run(vehicle_id: str, now: datetime) -> Manifest | None:
    runs = Manifest.objects.filter(vehicle__vehicle_id=vehicle_id, closed_at=None, starts_at__lte=now)
    return runs.exclude(ends_at__lte=now).order_by("-starts_at").first()


def _read_numbers(manifest: Manifest | None) -> dict[str, int]:
    """Return the shipments of the run with the number of their stop, counted from 1."""
    if manifest is None:
        return {}
    ids = manifest.stops.order_by("sequence", "pk").values_list("shipment_id", flat=True)
    return {shipment_id: number for number, shipment_id in enumerate(ids, start=1)}


def _read_shipments(scope: Scope, shipment_ids: Any) -> QuerySet[Shipment]:
    booked = visible_shipments(scope).filter(shipment_id__in=list(shipment_ids))
    return booked.select_related("origin_hub", "destination_hub")
