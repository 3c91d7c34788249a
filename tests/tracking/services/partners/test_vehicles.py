"""Vehicles of a partner: registered, changed and removed, with owner and class in the store."""

import pytest

from tests.events import at
from tracking.adapters.memory_vehicles import MemoryVehicleStore
from tracking.domain.errors import TransientError
from tracking.domain.vehicles import Owner, Registration
from tracking.models import Vehicle
from tracking.ports import ports
from tracking.services.partners.manifests import close_manifest, open_manifest
from tracking.services.partners.vehicles import (
    change_vehicle,
    register_vehicle,
    remove_vehicle,
    restore_registrations,
)
from tracking.services.requests.bodies import NewManifest, NewVehicle, VehicleChange
from tracking.services.requests.callers import Caller
from tracking.services.requests.refusals import OnManifestError, UnknownError, VehicleIdTakenError

NOW = at(60)
OWNER = Owner("prt_acme")


@pytest.fixture
def caller(partner, world) -> Caller:
    caller = Caller(partner, livemode=True, actor="key_abc")
    register_vehicle(world.vehicles, caller, NewVehicle(vehicle_id="van-1", label="Red van"))
    return caller


def read_registered(world, vehicle_id: str = "van-1") -> Registration | None:
    return world.vehicles.read_registrations([vehicle_id]).get(vehicle_id)


def test_an_id_of_another_partners_vehicle_is_taken(world, caller, other_partner):
    rival = Caller(other_partner, livemode=True, actor="k")
    with pytest.raises(VehicleIdTakenError):
        register_vehicle(world.vehicles, rival, NewVehicle(vehicle_id="van-1"))
    assert read_registered(world) == Registration(OWNER)


def test_a_vehicle_is_removed_without_an_open_manifest(world, caller):
    manifest = open_manifest(ports(), caller, NewManifest(vehicle_id="van-1", starts_at=at(0)), NOW)
    with pytest.raises(OnManifestError):
        remove_vehicle(world.vehicles, caller, "van-1")
    close_manifest(ports(), caller, manifest.manifest_id, NOW)
    remove_vehicle(world.vehicles, caller, "van-1")
    assert (Vehicle.objects.count(), read_registered(world)) == (0, None)


def test_the_class_that_a_vehicle_is_registered_with_is_in_the_store(world, caller):
    register_vehicle(world.vehicles, caller, NewVehicle(vehicle_id="van-2", vehicle_class="Small  Van "))
    assert read_registered(world, "van-2") == Registration(OWNER, "small van")


def test_a_change_of_the_class_is_in_the_store_and_other_changes_leave_it(world, caller):
    changed = change_vehicle(world.vehicles, caller, "van-1", VehicleChange(vehicle_class="Truck"))
    change_vehicle(world.vehicles, caller, "van-1", VehicleChange(cohort="south"))
    assert (changed.label, changed.vehicle_class) == ("Red van", "Truck")
    assert read_registered(world) == Registration(OWNER, "truck")
    change_vehicle(world.vehicles, caller, "van-1", VehicleChange(vehicle_class=""))
    assert read_registered(world) == Registration(OWNER, "any")


def test_a_vehicle_of_another_partner_is_not_changed(world, caller, other_partner):
    rival = Caller(other_partner, livemode=True, actor="k")
    with pytest.raises(UnknownError):
        change_vehicle(world.vehicles, rival, "van-1", VehicleChange(vehicle_class="truck"))
    assert read_registered(world) == Registration(OWNER)


class UnreachableVehicles(MemoryVehicleStore):
    """Store that cannot be reached to write a registration."""

    def keep_registration(self, vehicle_id, registration):
        raise TransientError("away")


def test_a_change_that_the_store_does_not_take_leaves_the_row_as_it_was(caller):
    with pytest.raises(TransientError):
        change_vehicle(UnreachableVehicles(), caller, "van-1", VehicleChange(vehicle_class="truck"))
    assert Vehicle.objects.get().vehicle_class == ""


def test_vehicles_registered_before_the_store_knew_classes_can_be_written_again(world, caller):
    Vehicle.objects.update(vehicle_class="Truck")
    assert read_registered(world) == Registration(OWNER)
    assert restore_registrations(world.vehicles) == 1
    assert read_registered(world) == Registration(OWNER, "truck")
