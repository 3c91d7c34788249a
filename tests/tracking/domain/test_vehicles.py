"""Vehicles: which position is the newest, what is remembered, and whose position it is too."""

import msgspec
import pytest

from tests.events import at, make_event
from tracking.domain.events import Place
from tracking.domain.shipment import Position, ShipmentState, hash_state
from tracking.domain.status import Status
from tracking.domain.vehicles import (
    VehicleManifest,
    VehicleState,
    find_fix_memories,
    find_newest_fixes,
    is_aboard,
    join_vehicle,
    order_of_fix,
)


def fix(minute: float, event_id: str = "", **fields):
    usual = {"shipment_id": None, "vehicle_id": "KA-1", "lat": 12.91234567, "lon": 77.51234567}
    return make_event(minute, event_id, **usual | fields)


def test_positions_are_in_the_order_of_time_then_count_then_id():
    assert order_of_fix(fix(1, "e1", device_seq=7)) == "2026-11-22T07:01:00.000Z|0000000000000007|e1"
    fixes = [fix(1, "b"), fix(1, "a", device_seq=10), fix(1, "z", device_seq=9), fix(2, "a"), fix(1, "a")]
    names = [(one.occurred_at, one.device_seq, one.event_id) for one in sorted(fixes, key=order_of_fix)]
    assert names == [(at(1), 0, "a"), (at(1), 0, "b"), (at(1), 9, "z"), (at(1), 10, "a"), (at(2), 0, "a")]


def test_the_newest_position_of_each_vehicle_is_one_that_cleaning_let_pass():
    first, second = fix(2, fix_memory="m2"), fix(3, vehicle_id="KA-2")
    dropped = fix(5, fix_flags=("jump",), fix_memory="m5")
    known = [dropped, first, fix(1, fix_memory="m1"), second]
    assert find_newest_fixes(known) == {"KA-1": first, "KA-2": second}
    assert find_fix_memories(known) == {"KA-1": "m5"}


@pytest.mark.parametrize(
    ("fields", "order"),
    [
        ({}, "2026-11-22T07:00:00.000Z|m1|0000000003"),
        ({"version": 12}, "2026-11-22T07:00:00.000Z|m1|0000000012"),
    ],
)
def test_manifests_are_in_the_order_of_their_run_and_then_their_version(fields, order):
    usual = {"vehicle_id": "KA-1", "manifest_id": "m1", "version": 3, "starts_at": at(0)}
    assert VehicleManifest(**usual | fields).order == order


PLACE = Place(town="Vellore")
VEHICLE = VehicleState(vehicle_id="KA-1", fix=fix(10, "f", place=PLACE))
RIDES = ShipmentState(shipment_id="123", status=Status.IN_TRANSIT, manifest_vehicle_id="KA-1")


@pytest.mark.parametrize(
    ("fields", "rides"),
    [
        ({}, True),
        ({"status": Status.OUT_FOR_DELIVERY}, True),
        ({"manifest_vehicle_id": "KA-2"}, False),
        ({"manifest_vehicle_id": None}, False),
        ({"status": Status.DELIVERED}, False),
        ({"status": Status.CREATED}, False),
        ({"status": Status.AVAILABLE_FOR_PICKUP}, False),
    ],
)
def test_a_shipment_rides_on_the_vehicle_of_its_manifest_but_shows_nobodys_home(fields, rides):
    state = msgspec.structs.replace(RIDES, **fields)
    assert is_aboard(state, VEHICLE) is rides
    assert is_aboard(state, None) is is_aboard(state, VehicleState(vehicle_id="KA-1")) is False


def test_the_vehicles_position_is_the_shipments_where_it_is_the_newer_one():
    joined = Position(
        lat=12.912346, lon=77.512346, occurred_at=at(10), order=order_of_fix(VEHICLE.fix), place=PLACE
    )
    own = [Position(lat=1.0, lon=2.0, occurred_at=at(minute), order="x") for minute in (9, 10, 11)]
    seen = [join_vehicle(msgspec.structs.replace(RIDES, position=one), VEHICLE) for one in (None, *own)]
    assert [state.position for state in seen] == [joined, joined, own[1], own[2]]
    assert join_vehicle(RIDES, None) is RIDES


def test_the_position_of_the_vehicle_is_no_part_of_the_hash():
    joined = join_vehicle(RIDES, VEHICLE)
    assert joined.position != RIDES.position
    assert hash_state(joined) == hash_state(RIDES)


def test_a_vehicle_on_the_equator_is_where_it_is():
    on_it = msgspec.structs.replace(VEHICLE, fix=fix(10, lat=0.0, lon=0.0))
    position = join_vehicle(RIDES, on_it).position
    assert (position.lat, position.lon) == (0.0, 0.0)
