"""Vehicles of a partner: register, change and remove them, and read their positions."""

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from msgspec import UNSET

from tracking.domain.events import VehicleFix, format_time
from tracking.domain.legs import normalize_class
from tracking.domain.payload import TEST_VEHICLES
from tracking.domain.vehicles import Owner, Registration, VehicleState
from tracking.models import Vehicle
from tracking.ports import VehicleStore
from tracking.services.requests.bodies import NewVehicle, VehicleChange
from tracking.services.requests.callers import Caller
from tracking.services.requests.refusals import (
    Mistake,
    OnManifestError,
    RequestRefusedError,
    UnknownError,
    VehicleIdTakenError,
    check_new_id,
)


def own_vehicles(caller: Caller) -> QuerySet[Vehicle]:
    """Return the vehicles of the caller, in the mode of its key."""
    return Vehicle.objects.filter(partner=caller.partner, livemode=caller.livemode)


def owner_of(caller: Caller) -> Owner:
    """Return the owner of the vehicles that the caller registers."""
    return Owner(caller.partner.partner_id, caller.livemode)


def find_vehicle(caller: Caller, vehicle_id: str) -> Vehicle:
    """Return the caller's vehicle. Raises `UnknownError`, also for another partner's."""
    vehicle = own_vehicles(caller).filter(vehicle_id=vehicle_id).first()
    if vehicle is None:
        raise UnknownError
    return vehicle


def list_vehicles(caller: Caller, after: int | None, limit: int) -> list[Vehicle]:
    """Return a page of the caller's vehicles and one more, newest first.

    `after` is the id of the last row of the page before.
    """
    rows = own_vehicles(caller).order_by("-pk")
    return list((rows if after is None else rows.filter(pk__lt=after))[: limit + 1])


def register_vehicle(store: VehicleStore, caller: Caller, wanted: NewVehicle) -> Vehicle:
    """Register the vehicle. Within a minute its class counts, and reports of its device belong to the caller.

    Raises `RequestRefusedError` for an id that reports could not name, or that of a vehicle of the other
    mode, `VehicleIdTakenError`, and `TransientError` when the store cannot be reached: then no row is left.
    """
    mistakes = check_new_id("/vehicle_id", wanted.vehicle_id)
    if wanted.vehicle_id.startswith(TEST_VEHICLES) is caller.livemode:
        detail = f"ids of test vehicles begin with {TEST_VEHICLES}, and those of others do not"
        mistakes.append(Mistake("/vehicle_id", "not_in_series", detail))
    if mistakes:
        raise RequestRefusedError(mistakes)
    try:
        with transaction.atomic():
            vehicle = Vehicle.objects.create(
                vehicle_id=wanted.vehicle_id,
                partner=caller.partner,
                livemode=caller.livemode,
                **_given_fields(wanted),
            )
            _keep_registration(store, owner_of(caller), vehicle)
    except IntegrityError as error:
        raise VehicleIdTakenError from error
    return vehicle


def change_vehicle(store: VehicleStore, caller: Caller, vehicle_id: str, change: VehicleChange) -> Vehicle:
    """Change fields of the vehicle. A new class counts within a minute, also for a leg under way.

    Raises `UnknownError`, and `TransientError` when the store cannot be reached: then nothing is changed.
    """
    with transaction.atomic():
        # Locked, so that row and store end with the class of the same change.
        vehicle = own_vehicles(caller).select_for_update().filter(vehicle_id=vehicle_id).first()
        if vehicle is None:
            raise UnknownError
        given = _given_fields(change)
        for name, value in given.items():
            setattr(vehicle, name, value)
        vehicle.save()
        if "vehicle_class" in given:
            _keep_registration(store, owner_of(caller), vehicle)
    return vehicle


def restore_registrations(store: VehicleStore) -> int:
    """Write owner and class of every registered vehicle to the store again; return how many there are.

    Safe to repeat. Raises `TransientError` when the store cannot be reached.
    """
    restored = 0
    for key in Vehicle.objects.order_by("pk").values_list("pk", flat=True).iterator():
        with transaction.atomic():
            vehicle = Vehicle.objects.select_for_update().filter(pk=key).first()
            if vehicle is not None:
                owner = Owner(vehicle.partner.partner_id, vehicle.livemode)
                _keep_registration(store, owner, vehicle)
                restored += 1
    return restored


def remove_vehicle(store: VehicleStore, caller: Caller, vehicle_id: str) -> None:
    """Delete the vehicle and its manifests; its positions expire later. Raises `OnManifestError`."""
    with transaction.atomic():
        vehicle = find_vehicle(caller, vehicle_id)
        if vehicle.manifests.filter(closed_at=None).exists():
            raise OnManifestError
        vehicle.manifests.all().delete()
        vehicle.delete()
        store.keep_registration(vehicle_id, None)


def read_vehicle_state(store: VehicleStore, caller: Caller, vehicle_id: str) -> VehicleState:
    """Return the current state of the caller's vehicle. Raises `UnknownError`, `TransientError`."""
    find_vehicle(caller, vehicle_id)
    states = store.read_vehicles([vehicle_id])
    return states.get(vehicle_id) or VehicleState(vehicle_id=vehicle_id)


def read_positions(
    store: VehicleStore,
    caller: Caller,
    vehicle_id: str,
    from_: datetime,
    to: datetime,
    after: str | None,
    limit: int,
) -> list[VehicleFix]:
    """Return the positions that the vehicle had while it was the caller's, oldest first.

    `from_` is included and `to` is not. `after` is the sort key of the last position of the page before.
    Raises `UnknownError`, and `TransientError` when the store cannot be reached.
    """
    find_vehicle(caller, vehicle_id)
    return store.read_fixes(vehicle_id, owner_of(caller), after or format_time(from_), format_time(to), limit)


def _given_fields(change: VehicleChange) -> dict[str, Any]:
    fields = {name: getattr(change, name) for name in ("label", "vehicle_class", "cohort")}
    return {name: value for name, value in fields.items() if value is not UNSET}


def _keep_registration(store: VehicleStore, owner: Owner, vehicle: Vehicle) -> None:
    store.keep_registration(vehicle.vehicle_id, Registration(owner, normalize_class(vehicle.vehicle_class)))
