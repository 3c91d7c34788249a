"""Gather: what is read for a batch, and what a store out of reach costs."""

from tests.events import at, make_event
from tests.workers.world import World
from tracking.domain.errors import TransientError
from tracking.domain.vehicles import VehicleManifest
from tracking.ports import TrackingPorts
from workers.line.gather import gather

MANIFEST = VehicleManifest(
    vehicle_id="van-1", manifest_id="m1", version=1, starts_at=at(0), shipment_ids=("a", "b", "c")
)


def load(shipment_id: str, **fields):
    return make_event(5, shipment_id=shipment_id, status="out_for_delivery", vehicle_id="van-1", **fields)


def stops_ahead(world, *scans):
    tracking = TrackingPorts(*world)
    return gather(scans, tracking, World(store=world.store).workers).stops_ahead


def test_a_parcel_that_is_loaded_has_the_stops_before_its_own_ahead(world):
    world.vehicles.keep_manifest(MANIFEST)
    assert stops_ahead(world, load("a"), load("c", substatus="loaded"), load("unknown")) == {"a": 0, "c": 2}


class VehiclesWithoutManifests:
    """A store whose manifests cannot be read."""

    def read_registrations(self, vehicle_ids):
        return {}

    def read_manifests(self, vehicle_ids):
        raise TransientError("away")


def test_manifests_are_read_only_for_parcels_that_are_being_loaded_and_may_be_out_of_reach(world):
    away = world._replace(vehicles=VehiclesWithoutManifests())
    assert stops_ahead(away, make_event(1, status="in_transit", vehicle_id="van-1")) == {}
    assert stops_ahead(away, load("a", substatus="arriving")) == {}
    assert stops_ahead(away, load("a")) == {}
