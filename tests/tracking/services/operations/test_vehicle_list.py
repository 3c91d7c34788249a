"""List of vehicles: registered and heard ones, their loads, and the scope."""

import pytest

from tests.tracking.services.reading.staff_world import NOW, describe_vehicle, make_world
from tracking.models import Manifest, Shipment, Stop, Vehicle
from tracking.ports import ports
from tracking.services.operations.vehicle_list import (
    ListedVehicle,
    Load,
    find_vehicles_of_hub,
    list_known_vehicles,
    read_loads,
)
from tracking.services.requests.roles import EVERYTHING, Scope

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _data(world, partner, other_partner, hubs):
    make_world(partner, other_partner, hubs)


def hear(world, *vehicle_ids) -> dict[str, dict]:
    reports = [describe_vehicle(one, None) for one in vehicle_ids]
    world.live.push_fleet({"vehicles": reports, "changes": []})
    return {report["vehicle_id"]: report | {"aboard": None, "worst_parcel": None} for report in reports}


def of_partner(row) -> Scope:
    return Scope(partners=frozenset([row.pk]))


def test_registered_vehicles_and_those_heard_of_are_listed_once(world):
    heard = hear(world, "van-ours", "foreign")
    assert list_known_vehicles(ports(), EVERYTHING) == [
        ListedVehicle("foreign", heard["foreign"]),
        ListedVehicle("van-mixed", None),
        ListedVehicle("van-ours", heard["van-ours"]),
        ListedVehicle("van-theirs", None),
    ]


def test_a_scope_lists_its_own_and_those_that_carry_its_parcels(world, partner, other_partner):
    hear(world, "van-ours", "foreign", "van-mixed")
    assert [each.vehicle_id for each in list_known_vehicles(ports(), of_partner(partner))] == [
        "van-mixed",
        "van-ours",
    ]
    assert [each.vehicle_id for each in list_known_vehicles(ports(), of_partner(other_partner))] == [
        "van-mixed",
        "van-theirs",
    ]


def test_a_load_counts_open_stops_and_names_the_hub_of_most(partner, other_partner, hubs):
    run = Manifest.objects.get()
    for number, hub in enumerate((hubs[0], hubs[1], hubs[1]), start=2):
        Shipment.objects.create(shipment_id=f"p{number}", partner=partner, destination_hub=hub)
        Stop.objects.create(manifest=run, shipment_id=f"p{number}", sequence=number)
    Stop.objects.create(manifest=run, shipment_id="handed over", sequence=9, open=None)
    ids = list(Vehicle.objects.values_list("vehicle_id", flat=True))
    assert read_loads(EVERYTHING, ids, NOW) == {"van-mixed": Load(4, "BLR-KRM")}
    assert read_loads(of_partner(other_partner), ids, NOW) == {"van-mixed": Load()}
    assert read_loads(of_partner(partner), ids, NOW) == {"van-mixed": Load(4, "BLR-KRM")}
    Shipment.objects.filter(shipment_id="p3").update(status="delivered")
    assert read_loads(EVERYTHING, ids, NOW) == {"van-mixed": Load(3, "BLR-KRM")}


def test_vehicles_of_a_hub_carry_a_parcel_from_or_to_it(other_partner):
    assert find_vehicles_of_hub(EVERYTHING, "BLR-KRM") == {"van-mixed"}
    assert find_vehicles_of_hub(EVERYTHING, "BLR-PNY") == set()
    assert find_vehicles_of_hub(of_partner(other_partner), "BLR-KRM") == set()
