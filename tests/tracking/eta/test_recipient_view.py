"""Distance of the van: shown to one recipient, with few stops before, to about a hundred metres."""

import msgspec
import pytest

from tests.events import at
from tracking.domain.shipment import Position, ShipmentState
from tracking.domain.status import Status
from tracking.eta.aboard import ParcelAboard
from tracking.eta.recipient_view import VanNearby, find_van_nearby, may_show_van
from tracking.eta.tours import Tour

MINE = ShipmentState(
    shipment_id="mine",
    status=Status.OUT_FOR_DELIVERY,
    manifest_vehicle_id="van-1",
    destination_pin="600032",
    position=Position(lat=13.041234, lon=80.234567, occurred_at=at(5), order="1"),
)
OTHER = msgspec.structs.replace(MINE, shipment_id="other")
DOOR = (13.02049, 80.22051)


@pytest.mark.parametrize(
    ("fields", "may_be"),
    [
        ({}, True),
        ({"status": Status.IN_TRANSIT}, False),
        ({"status": Status.DELIVERED}, False),
        ({"manifest_vehicle_id": None}, False),
        ({"destination_pin": None}, False),
        ({"position": None}, False),
    ],
)
def test_a_parcel_may_be_near_while_it_is_out_on_a_vehicle_that_is_seen(fields, may_be):
    assert may_show_van(msgspec.structs.replace(MINE, **fields)) is may_be


@pytest.mark.parametrize("stops_ahead", [0, 10])
def test_the_van_is_shown_with_up_to_ten_stops_before_and_no_closer_than_a_hundred_metres(stops_ahead):
    rides = [ParcelAboard(OTHER, Tour(stops_ahead=3)), ParcelAboard(MINE, Tour(stops_ahead=stops_ahead))]
    assert find_van_nearby(MINE, rides, DOOR) == VanNearby(
        lat=13.041, lon=80.235, occurred_at=at(5), stops_ahead=stops_ahead, pin_lat=13.02, pin_lon=80.221
    )


@pytest.mark.parametrize(
    ("substatus", "metres", "is_at_door"),
    [("arriving", 0, False), ("arrived", 0, True), ("arrived", 140, True), ("arrived", 160, False)],
)
def test_a_van_is_at_the_door_while_it_stands_where_its_arrival_was_reported(substatus, metres, is_at_door):
    here = msgspec.structs.replace(MINE.position, lat=MINE.position.lat + metres / 111_195)
    state = msgspec.structs.replace(MINE, substatus=substatus, position=here)
    found = find_van_nearby(state, [ParcelAboard(MINE, Tour(stops_ahead=0))], DOOR)
    assert found is not None
    assert found.is_at_door is is_at_door


def test_an_arrival_without_a_position_says_nothing_of_the_door():
    scanned = msgspec.structs.replace(MINE, position=None)
    state = msgspec.structs.replace(MINE, substatus="arrived")
    found = find_van_nearby(state, [ParcelAboard(scanned, Tour(stops_ahead=0))], DOOR)
    assert found is not None
    assert found.is_at_door is False


@pytest.mark.parametrize(
    ("state", "rides"),
    [
        (MINE, [ParcelAboard(MINE, Tour(stops_ahead=11))]),
        (MINE, [ParcelAboard(OTHER, Tour(stops_ahead=0))]),
        (MINE, [ParcelAboard(MINE)]),
        (MINE, []),
        (msgspec.structs.replace(MINE, position=None), [ParcelAboard(MINE, Tour(stops_ahead=0))]),
    ],
)
def test_of_a_van_that_is_far_or_not_ones_own_or_not_seen_nothing_is_shown(state, rides):
    assert find_van_nearby(state, rides, DOOR) is None
