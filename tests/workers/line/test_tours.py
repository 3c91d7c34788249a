"""Stops ahead: by the manifest of the vehicle, asked for only while parcels are loaded."""

from tests.events import at, make_event
from tracking.domain.errors import TransientError
from tracking.domain.vehicles import VehicleManifest
from tracking.ports import TrackingPorts
from workers.line.tours import count_stops_ahead

MANIFEST = VehicleManifest(
    vehicle_id="van-1", manifest_id="m1", version=1, starts_at=at(0), shipment_ids=("a", "b", "c")
)


def load(shipment_id: str, **fields):
    return make_event(5, shipment_id=shipment_id, status="out_for_delivery", vehicle_id="van-1", **fields)


def test_a_parcel_that_is_loaded_has_the_stops_before_its_own_ahead(world):
    world.vehicles.keep_manifest(MANIFEST)
    scans = [load("a"), load("c", substatus="loaded"), load("unknown")]
    assert count_stops_ahead(TrackingPorts(*world), scans, {}) == {"a": 0, "c": 2}


class AwayVehicles:
    def read_manifests(self, vehicle_ids):
        raise TransientError("away")


def test_nothing_is_asked_where_nothing_is_loaded_and_an_answer_that_fails_costs_no_event(world):
    away = TrackingPorts(*world._replace(vehicles=AwayVehicles()))
    assert count_stops_ahead(away, [make_event(1, status="in_transit", vehicle_id="van-1")], {}) == {}
    assert count_stops_ahead(away, [load("a", substatus="arriving")], {}) == {}
    assert count_stops_ahead(away, [load("a")], {}) == {}
