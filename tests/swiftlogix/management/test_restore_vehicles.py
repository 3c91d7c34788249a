"""`manage.py restore_vehicles`: what the line reads of vehicles comes from their rows."""

from django.core.management import call_command

from tracking.domain.vehicles import Owner, Registration
from tracking.models import Vehicle


def test_all_registered_vehicles_are_written_with_owner_and_class(world, partner, capsys):
    Vehicle.objects.create(vehicle_id="van-1", partner=partner, vehicle_class="Truck")
    Vehicle.objects.create(vehicle_id="TEST-2", partner=partner, livemode=False)
    call_command("restore_vehicles")
    assert capsys.readouterr().out == "2 vehicles written\n"
    assert world.vehicles.read_registrations(["van-1", "TEST-2"]) == {
        "van-1": Registration(Owner("prt_acme"), "truck"),
        "TEST-2": Registration(Owner("prt_acme", livemode=False), "any"),
    }
