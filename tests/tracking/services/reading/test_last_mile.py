"""Last mile: a recipient sees how near the van is, and never at which other stop it is."""

import dataclasses

import pytest

from tests.events import at, make_event, make_fix
from tests.tracking.stories import record_timeline
from tracking.adapters.memory_pincodes import MemoryPinCodes
from tracking.adapters.memory_vehicles import MemoryVehicleStore
from tracking.domain.errors import TransientError
from tracking.domain.events import Booking, Window
from tracking.domain.vehicles import VehicleManifest
from tracking.eta.recipient_view import VanNearby
from tracking.ports import ports, wire
from tracking.services.reading.last_mile import read_last_mile

NAMES = tuple(f"p{number:02d}" for number in range(14))
MANIFEST = VehicleManifest(
    vehicle_id="van-1", manifest_id="m1", version=1, starts_at=at(0), ends_at=at(600), shipment_ids=NAMES
)
DOOR = (13.02044, 80.22)


class Throttled(MemoryVehicleStore):
    def read_manifests(self, vehicle_ids):
        raise TransientError("throttled")


def near(stops_ahead, lat=13.041, lon=80.235, minute=5):
    return VanNearby(
        lat=lat,
        lon=lon,
        occurred_at=at(minute),
        stops_ahead=stops_ahead,
        pin_lat=13.02,
        pin_lon=80.22,
    )


@pytest.fixture
def van(world, time_machine):
    """Fourteen parcels out for delivery on one van, seen last in minute 5; it is minute 10."""
    time_machine.move_to(at(10), tick=False)
    wire(dataclasses.replace(ports(), pin_codes=MemoryPinCodes({"600032": DOOR})))
    world.vehicles.keep_manifest(MANIFEST)
    for name in NAMES:
        fields = {"shipment_id": name, "vehicle_id": "van-1", "lat": 13.05, "lon": 80.25}
        booking = Booking(promised=None, lane=None, destination_pin="600032")
        record_timeline(
            world.store, make_event(-9, f"b{name}", shipment_id=name, status="created", booking=booking)
        )
        record_timeline(
            world.store, make_event(-8, f"j{name}", shipment_id=name, vehicle_id="van-1", source="manifest")
        )
        record_timeline(
            world.store, make_event(1, f"o{name}", status="out_for_delivery", substatus="loaded", **fields)
        )
    fix = make_fix(5, "van-1", "fix", lat=13.041234, lon=80.234567)
    world.vehicles.record_fixes([fix])
    return world


def test_up_to_ten_stops_before_its_own_a_recipient_sees_the_van_to_a_hundred_metres(van):
    assert [read_last_mile(ports(), name) for name in NAMES] == [
        *(near(ahead) for ahead in range(11)),
        None,
        None,
        None,
    ]


def test_finished_stops_are_not_counted_any_more(van):
    for name, status in (("p00", "delivered"), ("p01", "attempt_failed")):
        record_timeline(
            van.store, make_event(6, f"d{name}", shipment_id=name, vehicle_id="van-1", status=status)
        )
    assert [read_last_mile(ports(), name) for name in ("p00", "p01", "p02", "p12", "p13")] == [
        None,
        None,
        near(0),
        near(10),
        None,
    ]


def test_there_is_no_last_mile_before_loading_or_after_the_manifest_ends(van, time_machine):
    booking = Booking(promised=None, lane=None, destination_pin="600032")
    record_timeline(van.store, make_event(-9, "b-x", shipment_id="x", status="created", booking=booking))
    assert read_last_mile(ports(), "x") is None
    assert read_last_mile(ports(), "never-heard-of") is None
    time_machine.move_to(at(601), tick=False)
    assert read_last_mile(ports(), "p00") is None


def test_an_unknown_pin_code_has_no_last_mile(van):
    wire(dataclasses.replace(ports(), pin_codes=MemoryPinCodes({})))
    assert read_last_mile(ports(), "p00") is None


def test_there_is_no_last_mile_while_the_manifest_cannot_be_read(van):
    wire(dataclasses.replace(ports(), vehicles=Throttled()))
    assert read_last_mile(ports(), "p00") is None


def test_the_van_does_not_come_with_a_parcel_before_the_agreed_day(van, time_machine):
    hours = Window(from_=at(500), to=at(560))
    agreed = Booking(promised=hours, deliver_from=hours.from_)
    record_timeline(van.store, make_event(6, "day", shipment_id="p01", source="manual", booking=agreed))
    assert [read_last_mile(ports(), name) for name in NAMES[:3]] == [near(0), None, near(1)]
    time_machine.move_to(at(500), tick=False)
    assert [read_last_mile(ports(), name) for name in NAMES[1:3]] == [near(1), near(2)]
