"""`manage.py restore_vehicles`: what the line reads of vehicles comes from their rows."""

import dataclasses

import pytest
from django.core.management import call_command

from tracking.adapters.memory_vehicles import MemoryVehicleStore
from tracking.domain.vehicles import Owner, Registration
from tracking.models import Partner, Vehicle
from tracking.ports import ports, wire


@pytest.fixture
def vehicles():
    """Wire a vehicle store in memory."""
    wired, memory = ports(), MemoryVehicleStore()
    wire(dataclasses.replace(wired, vehicles=memory))
    yield memory
    wire(wired)


def test_all_registered_vehicles_are_written_with_owner_and_class(vehicles, db, capsys):
    partner = Partner.objects.create(partner_id="prt_acme", name="Acme")
    Vehicle.objects.create(vehicle_id="van-1", partner=partner, vehicle_class="Truck")
    Vehicle.objects.create(vehicle_id="TEST-2", partner=partner, livemode=False)
    call_command("restore_vehicles")
    assert capsys.readouterr().out == "2 vehicles written\n"
    assert vehicles.read_registrations(["van-1", "TEST-2"]) == {
        "van-1": Registration(Owner("prt_acme"), "truck"),
        "TEST-2": Registration(Owner("prt_acme", livemode=False), "any"),
    }
