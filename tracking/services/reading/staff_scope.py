"""Part of the data that a scope of staff shows: shipments, vehicles, incidents, frames of the console."""

from collections.abc import Iterable
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from tracking.domain.events import format_time
from tracking.models import Hub, Incident, Partner, Shipment, StaffAction, Stop, Vehicle
from tracking.services.requests.roles import Scope

# Later than every time of a frame, compared as text.
NEVER = "~"
# No row has this id; an empty set would not limit.
NOTHING = frozenset({0})


def visible_shipments(scope: Scope) -> QuerySet[Shipment]:
    """Return the bookings in the scope: of its partners, from or to its hubs."""
    found = Shipment.objects.all()
    if scope.partners:
        found = found.filter(partner_id__in=scope.partners)
    if scope.hubs:
        found = found.filter(Q(origin_hub_id__in=scope.hubs) | Q(destination_hub_id__in=scope.hubs))
    return found


def narrow_scope(scope: Scope, hub_id: str, partner_id: str) -> Scope:
    """Return the part of the scope at this hub and of this partner; empty text does not narrow.

    A hub or a partner that is unknown or outside of the scope leaves nothing.
    """
    hubs, partners = Hub.objects.filter(hub_id=hub_id), Partner.objects.filter(partner_id=partner_id)
    return Scope(
        hubs=_narrow(scope.hubs, hubs.values_list("pk", flat=True)) if hub_id else scope.hubs,
        partners=_narrow(scope.partners, partners.values_list("pk", flat=True))
        if partner_id
        else scope.partners,
    )


def _narrow(limits: frozenset[int], wanted: Iterable[int]) -> frozenset[int]:
    found = frozenset(wanted)
    return (found & limits if limits else found) or NOTHING


def of_visible_shipment(scope: Scope) -> Exists:
    """Return the condition that a row's `shipment_id` names a booking in the scope.

    It looks up the booking of each row; a list of all bookings of a hub would be long.
    """
    return Exists(visible_shipments(scope).filter(shipment_id=OuterRef("shipment_id")))


def is_visible(scope: Scope, shipment_id: str) -> bool:
    """Return whether the shipment is in the scope. One that nobody booked is in the unlimited scope only."""
    return not scope.is_limited or visible_shipments(scope).filter(shipment_id=shipment_id).exists()


def visible_incidents(scope: Scope) -> QuerySet[Incident]:
    """Return the incidents of visible shipments, and those of vehicles of its partners.

    An incident of neither is in the unlimited scope only.
    """
    if not scope.is_limited:
        return Incident.objects.all()
    vehicles = _own_vehicles(scope).values("vehicle_id")
    return Incident.objects.filter(
        Q(of_visible_shipment(scope)) | Q(shipment_id="", vehicle_id__in=vehicles)
    ).exclude(shipment_id="", vehicle_id="")


def visible_actions(scope: Scope, actor: str) -> QuerySet[StaffAction]:
    """Return the entries of the audit log about visible shipments, and those of the actor itself."""
    if not scope.is_limited:
        return StaffAction.objects.all()
    return StaffAction.objects.filter(Q(of_visible_shipment(scope)) | Q(actor=actor))


def limit_frame(scope: Scope, frame: dict[str, Any]) -> dict[str, Any]:
    """Return the frame of the console with what is in the scope. The key figures are left as they are."""
    if not scope.is_limited:
        return frame
    changes, incidents = frame["changes"], frame["incidents"]
    shown = _find_visible(scope, (change["shipment_id"] for change in changes))
    ids = [incident["id"] for incident in incidents]
    open_to = set(visible_incidents(scope).filter(pk__in=ids).values_list("pk", flat=True))
    return frame | {
        "vehicles": limit_vehicles(scope, frame["vehicles"]),
        "changes": [change for change in changes if change["shipment_id"] in shown],
        "incidents": [incident for incident in incidents if incident["id"] in open_to],
    }


def limit_vehicles(scope: Scope, vehicles: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the vehicles of the scope's partners, and those that carry a visible shipment.

    A shipment that is not visible is left out of the vehicle's row. A position from before the vehicle was
    registered belongs to an earlier owner, and is not returned.
    """
    if not scope.is_limited:
        return vehicles
    shown = _find_visible(scope, (vehicle["shipment_id"] for vehicle in vehicles))
    ids = [vehicle["vehicle_id"] for vehicle in vehicles]
    own = set(_own_vehicles(scope).filter(vehicle_id__in=ids).values_list("vehicle_id", flat=True))
    carrying = _list_registrations(own | _find_carrying(scope, ids))
    return [
        vehicle if vehicle["shipment_id"] in shown else vehicle | {"shipment_id": None, "status": None}
        for vehicle in vehicles
        if carrying.get(vehicle["vehicle_id"], NEVER) <= vehicle["occurred_at"]
        or vehicle["shipment_id"] in shown
    ]


def find_owned(scope: Scope, vehicle_ids: Iterable[str]) -> set[str]:
    """Return which of these vehicles belong to the scope's partners; all of them in the unlimited scope."""
    ids = set(vehicle_ids)
    if not scope.is_limited:
        return ids
    return set(_own_vehicles(scope).filter(vehicle_id__in=ids).values_list("vehicle_id", flat=True))


def visible_vehicles(scope: Scope) -> QuerySet[Vehicle]:
    """Return the registered vehicles of the scope's partners, and those that carry a visible shipment."""
    if not scope.is_limited:
        return Vehicle.objects.all()
    carrying = Stop.objects.filter(of_visible_shipment(scope), open=True)
    own = _own_vehicles(scope).values("pk")
    return Vehicle.objects.filter(Q(pk__in=own) | Q(pk__in=carrying.values("manifest__vehicle_id")))


def sees_vehicle(scope: Scope, vehicle_id: str) -> bool:
    """Return whether a registered vehicle is in the scope: of its partners, or with a visible shipment."""
    if not scope.is_limited:
        return Vehicle.objects.filter(vehicle_id=vehicle_id).exists()
    own = _own_vehicles(scope).filter(vehicle_id=vehicle_id)
    return own.exists() or bool(_find_carrying(scope, [vehicle_id]))


def _list_registrations(vehicle_ids: Iterable[str]) -> dict[str, str]:
    """Return when each vehicle was registered, as text that compares with the times of frames."""
    rows = Vehicle.objects.filter(vehicle_id__in=vehicle_ids).values_list("vehicle_id", "created_at")
    return {vehicle_id: format_time(created_at) for vehicle_id, created_at in rows}


def _own_vehicles(scope: Scope) -> QuerySet[Vehicle]:
    """Return the vehicles of the scope's partners; none where hubs limit it, since a vehicle has no hub."""
    return Vehicle.objects.none() if scope.hubs else Vehicle.objects.filter(partner_id__in=scope.partners)


def _find_visible(scope: Scope, shipment_ids: Iterable[str | None]) -> set[str]:
    known = {shipment_id for shipment_id in shipment_ids if shipment_id}
    found = visible_shipments(scope).filter(shipment_id__in=known)
    return set(found.values_list("shipment_id", flat=True))


def _find_carrying(scope: Scope, vehicle_ids: list[str]) -> set[str]:
    """Return the vehicles that have a visible shipment on an open manifest."""
    stops = Stop.objects.filter(
        of_visible_shipment(scope), open=True, manifest__vehicle__vehicle_id__in=vehicle_ids
    )
    return set(stops.values_list("manifest__vehicle__vehicle_id", flat=True))
