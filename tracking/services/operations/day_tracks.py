"""Track of a day: where a vehicle or a shipment was, and what happened on the way, for a replay."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Literal, NamedTuple

from django.db.models import Q

from tracking.domain.events import Scan, TrackingEvent, format_time
from tracking.domain.indian_time import INDIA
from tracking.models import Stop
from tracking.ports import TrackingPorts, VehicleStore
from tracking.services.reading.staff_scope import find_owned, is_visible
from tracking.services.requests.refusals import UnknownError
from tracking.services.requests.roles import Scope

# Positions read for one day, and shown: of more, every second, third ... one is shown.
MAX_READ = 20_000
MAX_POINTS = 3_600


class Point(NamedTuple):
    """Position in degrees at a moment, with the speed in km/h where the device reported one."""

    at: datetime
    lat: float
    lon: float
    speed_kmh: float | None = None


class Mark(NamedTuple):
    """Event on the way: its time, its status, and the shipment that it belongs to."""

    at: datetime
    status: str
    shipment_id: str


class DayTrack(NamedTuple):
    """Positions of a day, oldest first, and its marks. `is_cut` is True if there were more than are read."""

    kind: Literal["vehicle", "shipment"]
    points: list[Point]
    marks: list[Mark]
    is_cut: bool = False


def read_vehicle_day(ports: TrackingPorts, scope: Scope, vehicle_id: str, day: date) -> DayTrack:
    """Return the track of a vehicle on a day in India, with the events of the parcels that were aboard.

    Raises `UnknownError` for a vehicle outside of the scope: one that only carries a visible shipment is not
    in it, since most of its day is about others. Raises `TransientError` when a store cannot be reached.
    """
    if not find_owned(scope, [vehicle_id]):
        raise UnknownError
    start, end = _find_span(day)
    found = _read_fixes(ports.vehicles, vehicle_id, start, end)
    aboard = _list_aboard(vehicle_id, start, end)
    marks = [
        _make_mark(event)
        for shipment_id in aboard
        if is_visible(scope, shipment_id)
        for event in ports.store.read_timeline(shipment_id)
        if event.vehicle_id == vehicle_id and _is_mark(event, start, end)
    ]
    points = _thin(_make_point(fix) for fix in found if not fix.is_fix_dropped)
    return DayTrack("vehicle", points, sorted(marks), is_cut=len(found) >= MAX_READ)


def read_shipment_day(ports: TrackingPorts, scope: Scope, shipment_id: str, day: date) -> DayTrack:
    """Return the track of a shipment on a day in India: its own positions, and its vehicle's while aboard.

    Raises `UnknownError` outside of the scope, and `TransientError` when a store cannot be reached.
    """
    if not is_visible(scope, shipment_id):
        raise UnknownError
    start, end = _find_span(day)
    events = [event for event in ports.store.read_timeline(shipment_id) if start <= event.occurred_at < end]
    fixes: list[Scan] = []
    for vehicle_id, since, until in _list_rides(shipment_id, start, end):
        fixes += _read_fixes(ports.vehicles, vehicle_id, since, until)
    own = [event for event in events if event.has_position and event.applied]
    points = sorted(_make_point(scan) for scan in (*own, *fixes) if not scan.is_fix_dropped)
    marks = [_make_mark(event) for event in events if _is_mark(event, start, end)]
    return DayTrack("shipment", _thin(points), sorted(marks), is_cut=len(fixes) >= MAX_READ)


def _read_fixes(vehicles: VehicleStore, vehicle_id: str, since: datetime, until: datetime) -> Sequence[Scan]:
    registration = vehicles.read_registrations([vehicle_id]).get(vehicle_id)
    owner = registration.owner if registration else None
    return vehicles.read_fixes(vehicle_id, owner, format_time(since), format_time(until), MAX_READ)


def _list_aboard(vehicle_id: str, start: datetime, end: datetime) -> list[str]:
    """Return the shipments on manifests of the vehicle that were open within the span."""
    stops = Stop.objects.filter(manifest__vehicle__vehicle_id=vehicle_id, manifest__starts_at__lt=end)
    stops = stops.filter(Q(manifest__closed_at=None) | Q(manifest__closed_at__gte=start))
    return sorted(set(stops.values_list("shipment_id", flat=True)))


def _list_rides(shipment_id: str, start: datetime, end: datetime) -> list[tuple[str, datetime, datetime]]:
    """Return the vehicles that carried the shipment within the span, each with the part of it."""
    names = ("manifest__vehicle__vehicle_id", "manifest__starts_at", "manifest__closed_at")
    rows = Stop.objects.filter(shipment_id=shipment_id, manifest__starts_at__lt=end).values_list(*names)
    spans = [(vehicle_id, max(start, since), min(end, until or end)) for vehicle_id, since, until in rows]
    return [(vehicle_id, since, until) for vehicle_id, since, until in spans if since < until]


def _find_span(day: date) -> tuple[datetime, datetime]:
    start = datetime.combine(day, time(), INDIA)
    return start, start + timedelta(days=1)


def _is_mark(event: TrackingEvent, start: datetime, end: datetime) -> bool:
    return event.status is not None and event.applied and start <= event.occurred_at < end


def _make_mark(event: TrackingEvent) -> Mark:
    return Mark(event.occurred_at, str(event.status), event.shipment_id)


def _make_point(scan: Scan) -> Point:
    assert scan.lat is not None
    assert scan.lon is not None
    return Point(scan.occurred_at, scan.lat, scan.lon, scan.speed_kmh)


def _thin(points: Iterable[Point]) -> list[Point]:
    """Return at most `MAX_POINTS` of the points, evenly, with the last one."""
    found = list(points)
    step = -(-len(found) // MAX_POINTS) if found else 1
    return found[:1] + found[step:-1:step] + found[-1:] if len(found) > 1 else found
