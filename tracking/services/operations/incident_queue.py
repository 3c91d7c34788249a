"""Queue of incidents: which ones a member of staff asks for, in the order of their pressure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal, NamedTuple, get_args

from django.db.models import Q, QuerySet

from tracking.models import Incident, IncidentNote, Shipment, Vehicle
from tracking.services.operations.incident_kinds import WEIGHTS
from tracking.services.reading.staff_scope import visible_incidents
from tracking.services.requests.roles import Scope
from tracking.services.requests.staff_accounts import name_accounts

MAX_ROWS = 200
RESOLVED_WITHIN = timedelta(days=7)
QueueState = Literal["open", "snoozed", "resolved"]
QUEUE_STATES: tuple[QueueState, ...] = get_args(QueueState)
MINE, NOBODY = "me", "nobody"


class QueueFilter(NamedTuple):
    """Filters of the queue; an empty one admits all. `owner` is an actor, `me` or `nobody`."""

    state: QueueState = "open"
    code: str = ""
    severity: str = ""
    hub: str = ""
    partner: str = ""
    owner: str = ""


def read_queue(scope: Scope, wanted: QueueFilter, actor: str, now: datetime) -> list[Incident]:
    """Return the incidents that the filters admit, at most 200 shipments and subjects, and one more.

    With each open one come the other open incidents of its shipment, since they are on one card; snoozed ones
    are in the list of snoozed ones alone.
    """
    rows = _filter(visible_incidents(scope), wanted, actor)
    if wanted.state == "resolved":
        recent = rows.filter(resolved_at__gte=now - RESOLVED_WITHIN)
        return list(recent.order_by("-resolved_at", "-pk")[: MAX_ROWS + 1])
    in_state = Q(snoozed_until__gt=now) if wanted.state == "snoozed" else is_waiting(now)
    pressing = list_pressing(rows.filter(in_state, resolved_at=None), now)
    return _complete(scope, pressing, in_state)


def is_waiting(now: datetime) -> Q:
    """Return the condition that an incident is not snoozed at `now`."""
    return Q(snoozed_until=None) | Q(snoozed_until__lte=now)


def list_pressing(rows: QuerySet[Incident], now: datetime, limit: int = MAX_ROWS + 1) -> list[Incident]:
    """Return the most pressing of these incidents.

    Those of a code have the same severity and time to respond, so of each code the oldest are enough.
    """
    codes = rows.order_by("code").values_list("code", flat=True).distinct()
    found = [row for code in codes for row in rows.filter(code=code).order_by("opened_at", "pk")[:limit]]
    return sorted(found, key=lambda row: (-find_pressure(row, now), row.opened_at, row.pk))[:limit]


def find_pressure(incident: Incident, now: datetime) -> float:
    """Return weight x (1 + age / response time)."""
    response = max(incident.due_at - incident.opened_at, timedelta(seconds=1))
    return WEIGHTS[incident.severity] * (1 + (now - incident.opened_at) / response)


def find_bookings(incidents: Iterable[Incident]) -> dict[str, Shipment]:
    """Return the bookings of the incidents, with their hubs, by shipment."""
    shipment_ids = {incident.shipment_id for incident in incidents if incident.shipment_id}
    rows = Shipment.objects.filter(shipment_id__in=shipment_ids).select_related(
        "origin_hub", "destination_hub"
    )
    return {booking.shipment_id: booking for booking in rows} if shipment_ids else {}


def say_place(booking: Shipment, hub_id: str = "") -> str:
    """Return `to Chennai hub`; `from Peenya hub` if that is the hub chosen as a filter; empty if unknown."""
    origin, destination = booking.origin_hub, booking.destination_hub
    if origin is not None and origin.hub_id == hub_id:
        return f"from {origin.name}"
    return f"to {destination.name}" if destination is not None else ""


class ShownNote(NamedTuple):
    """Note with the user name of its author."""

    incident_id: int
    author: str
    at: datetime
    text: str


def read_notes(incidents: Iterable[Incident]) -> list[ShownNote]:
    """Return the notes on these incidents, oldest first."""
    notes = list(IncidentNote.objects.filter(incident__in=[incident.pk for incident in incidents]))
    names = name_accounts(note.actor for note in notes)
    return [ShownNote(note.incident_id, names[note.actor], note.at, note.text) for note in notes]


class ShownResult(NamedTuple):
    """Result of a resolved incident, empty if it closed by itself, the name of its author, and the note."""

    code: str
    author: str
    note: str


def read_results(incidents: Iterable[Incident]) -> dict[int, ShownResult]:
    """Return the results of those incidents that are resolved, by number."""
    resolved = [incident for incident in incidents if incident.resolved_at is not None]
    names = name_accounts(incident.resolved_by for incident in resolved)
    return {one.pk: ShownResult(one.resolution_code, names[one.resolved_by], one.note) for one in resolved}


def _filter(rows: QuerySet[Incident], wanted: QueueFilter, actor: str) -> QuerySet[Incident]:
    for name in ("code", "severity"):
        if value := getattr(wanted, name):
            rows = rows.filter(**{name: value})
    if wanted.owner:
        owner = {MINE: actor, NOBODY: ""}.get(wanted.owner, wanted.owner)
        rows = rows.filter(owner=owner)
    if wanted.hub:
        hub = Q(origin_hub__hub_id=wanted.hub) | Q(destination_hub__hub_id=wanted.hub)
        rows = rows.filter(shipment_id__in=Shipment.objects.filter(hub).values("shipment_id"))
    if wanted.partner:
        shipments = Shipment.objects.filter(partner__partner_id=wanted.partner).values("shipment_id")
        vehicles = Vehicle.objects.filter(partner__partner_id=wanted.partner).values("vehicle_id")
        of_vehicle = Q(shipment_id="", vehicle_id__in=vehicles)
        rows = rows.filter(Q(shipment_id__in=shipments) | of_vehicle)
    return rows


def _complete(scope: Scope, incidents: list[Incident], in_state: Q) -> list[Incident]:
    """Add the other open incidents of the shipments that are in the same state."""
    shipment_ids = {incident.shipment_id for incident in incidents if incident.shipment_id}
    beside = visible_incidents(scope).filter(in_state, shipment_id__in=shipment_ids, resolved_at=None)
    return [*incidents, *beside.exclude(pk__in=[incident.pk for incident in incidents]).order_by("pk")]
