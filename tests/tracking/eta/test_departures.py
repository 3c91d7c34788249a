"""Departures: the leg a scan opens, from which base minutes, and where none can be opened."""

import math

import msgspec
import pytest

from tests.events import at, make_event
from tests.tracking.domain.journeys import CHENNAI, LANE, LANE_KM, PEENYA, VELLORE
from tracking.domain.distance import distance_km, free_flow_minutes
from tracking.domain.events import HubPoint, Lane
from tracking.domain.legs import RECIPIENT, HubStay, OpenLeg
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Direction, Status
from tracking.domain.tour import Tour
from tracking.eta.departures import build_profile, find_open_leg
from tracking.eta.lanes import LegProfile, Level, Plan, class_key, plan_key, predict_ratio
from tracking.eta.scan_context import ScanContext

WAITING = ShipmentState(
    shipment_id="123",
    status=Status.PICKED_UP,
    lane=LANE,
    vehicle_id="KA-9",
    hub_stay=HubStay(hub_id="BLR-PNY", arrived_at=at(-45)),
)
KM = distance_km(PEENYA.lat, PEENYA.lon, CHENNAI.lat, CHENNAI.lon)


def departs(**fields):
    return make_event(0, **{"status": "in_transit", "substatus": "departed_hub"} | fields)


def test_a_departure_opens_a_leg_with_all_that_is_known_of_it():
    scan = departs(lat=PEENYA.lat, lon=PEENYA.lon, vehicle_id="KA-1")
    assert find_open_leg(
        {}, WAITING, scan, ScanContext(hub_id="BLR-PNY", tour=Tour(stops_ahead=3))
    ) == OpenLeg(
        origin="BLR-PNY",
        destination="MAA-GDY",
        departed_at=at(0),
        base_min=round(free_flow_minutes(KM), 3),
        base_from="d",
        vehicle_class="any",
        vehicle_id="KA-1",
        log_ratio=round(math.log(2.1), 6),
        spread_key="lane#q#d#3#0",
        low_offset=-0.45,
        high_offset=0.6,
        km=round(KM, 3),
        dwelt_min=45.0,
        stops_ahead=3,
        lat=PEENYA.lat,
        lon=PEENYA.lon,
    )


@pytest.mark.parametrize(
    ("lat", "lon"), [(None, None), (PEENYA.lat, None), (None, PEENYA.lon)], ids=["none", "lat", "lon"]
)
def test_without_a_position_a_leg_begins_where_its_hub_stands(lat, lon):
    leg = find_open_leg({}, WAITING, departs(lat=lat, lon=lon))
    assert (leg.origin, leg.km, leg.vehicle_id) == ("BLR-PNY", round(KM, 3), "KA-9")


def test_from_a_hub_nobody_knows_a_leg_without_a_position_leads_nowhere():
    stays = HubStay(hub_id="VLR", arrived_at=at(-45))
    state = msgspec.structs.replace(WAITING, hub_stay=stays)
    assert find_open_leg({}, state, departs()) is None
    begun = find_open_leg({}, state, departs(lat=VELLORE[0], lon=VELLORE[1]))
    assert (begun.origin, begun.km) == (
        "VLR",
        round(distance_km(*VELLORE, CHENNAI.lat, CHENNAI.lon), 3),
    )


@pytest.mark.parametrize(
    ("fields", "hub_id"),
    [
        ({"lane": None}, "BLR-PNY"),  # bound for nowhere
        ({}, "MAA-GDY"),  # there already
        ({"hub_stay": None}, None),  # from nowhere
        ({"lane": Lane(origin=PEENYA, destination=msgspec.structs.replace(PEENYA, hub_id="X"))}, "BLR-PNY"),
    ],
)
def test_where_a_leg_leads_nowhere_none_is_opened(fields, hub_id):
    assert (
        find_open_leg({}, msgspec.structs.replace(WAITING, **fields), departs(), ScanContext(hub_id=hub_id))
        is None
    )


def test_on_the_way_back_a_leg_leads_to_where_the_parcel_came_from():
    state = msgspec.structs.replace(WAITING, direction=Direction.RETURN)
    assert find_open_leg({}, state, departs(), ScanContext(hub_id="MAA-GDY")).destination == "BLR-PNY"


def test_out_for_delivery_the_leg_leads_to_the_recipient_and_nothing_is_predicted_of_it():
    scan = make_event(0, status="out_for_delivery", lat=1.0, lon=2.0)
    assert find_open_leg({}, WAITING, scan, ScanContext(tour=Tour(stops_ahead=7))) == OpenLeg(
        origin="BLR-PNY",
        destination=RECIPIENT,
        departed_at=at(0),
        vehicle_id="KA-9",
        dwelt_min=45.0,
        stops_ahead=7,
        lat=1.0,
        lon=2.0,
    )


def test_a_scan_that_neither_opens_nor_ends_a_leg_leaves_the_one_there_is():
    leg = OpenLeg(origin="A", destination="B", departed_at=at(-9))
    state = msgspec.structs.replace(WAITING, open_leg=leg)
    assert find_open_leg({}, state, make_event(0, lat=1.0, lon=2.0)) is leg
    assert find_open_leg({}, state, make_event(0, status="delivered")) is None


@pytest.mark.parametrize(
    ("destination", "vehicle_class", "expected"),
    [
        ("B", "truck", "truck"),
        ("B", "any", "any"),
        ("B", None, "feeder"),
        (RECIPIENT, "truck", "feeder"),
    ],
)
def test_a_leg_under_way_takes_the_class_of_the_vehicle_that_is_known_to_carry_it(
    destination, vehicle_class, expected
):
    leg = OpenLeg(origin="A", destination=destination, departed_at=at(-9), vehicle_class="feeder")
    state = msgspec.structs.replace(WAITING, open_leg=leg)
    scan = make_event(0, lat=1.0, lon=2.0)
    changed = find_open_leg({}, state, scan, ScanContext(vehicle_class=vehicle_class))
    assert changed == msgspec.structs.replace(leg, vehicle_class=expected)


def test_a_departure_is_predicted_with_the_class_of_its_vehicle():
    of_all, of_truck = (LegProfile("BLR-PNY", "MAA-GDY", name, "d", KM) for name in ("any", "truck"))
    known = {
        class_key(of_all): Level(mean_log=0.7, count=40),
        class_key(of_truck): Level(mean_log=1.0, count=40),
    }
    scan = departs(lat=PEENYA.lat, lon=PEENYA.lon)
    contexts = [ScanContext("BLR-PNY", vehicle_class=name) for name in (None, "truck")]
    legs = [find_open_leg(known, WAITING, scan, context) for context in contexts]
    predicted = [predict_ratio(known, leg.profile).log_ratio for leg in legs]
    assert [(leg.vehicle_class, leg.log_ratio) for leg in legs] == [
        ("any", round(predicted[0], 6)),
        ("truck", round(predicted[1], 6)),
    ]
    assert predicted[1] - predicted[0] == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("planned", "km", "door", "share"),
    [
        (240, LANE_KM, None, 1.0),
        (240, LANE_KM / 4, None, 0.25),
        (240, LANE_KM * 3, None, 1.0),
        # A door as far behind the last hub as the lane is long: the lane is half of the way.
        (240, LANE_KM, (CHENNAI.lat, CHENNAI.lon + (CHENNAI.lon - PEENYA.lon)), 0.5),
    ],
)
def test_a_leg_has_its_share_of_the_minutes_that_were_planned_for_the_whole_way(planned, km, door, share):
    state = msgspec.structs.replace(WAITING, planned_minutes=planned)
    run = build_profile({}, state, "BLR-PNY", CHENNAI, km, door)
    assert run == LegProfile("BLR-PNY", "MAA-GDY", "any", "p", pytest.approx(planned * share, rel=1e-3))


@pytest.mark.parametrize(
    ("fields", "plan", "base", "base_from"),
    [
        ({"planned_minutes": 240, "lane": None}, 300.0, 300.0, "p"),
        ({"planned_minutes": 0}, 300.0, 300.0, "p"),
        ({}, None, free_flow_minutes(100), "d"),
        (
            {"planned_minutes": 240, "lane": Lane(origin=PEENYA, destination=PEENYA)},
            None,
            free_flow_minutes(100),
            "d",
        ),
    ],
)
def test_without_a_booked_plan_the_lanes_counts_and_without_either_the_straight_line(
    fields, plan, base, base_from
):
    book = {plan_key("BLR-PNY", "MAA-GDY"): Plan(planned_minutes=plan)} if plan else {}
    state = msgspec.structs.replace(WAITING, **fields)
    run = build_profile(book, state, "BLR-PNY", CHENNAI, 100)
    assert run == LegProfile("BLR-PNY", "MAA-GDY", "any", base_from, pytest.approx(base))


def test_a_lane_between_two_names_of_one_place_has_no_leg():
    twin = HubPoint(hub_id="BLR-2", name="Twin", lat=PEENYA.lat, lon=PEENYA.lon)
    state = msgspec.structs.replace(WAITING, lane=Lane(origin=PEENYA, destination=twin))
    assert (
        find_open_leg({}, state, departs(lat=PEENYA.lat, lon=PEENYA.lon), ScanContext(hub_id="BLR-PNY"))
        is None
    )


def test_a_lane_of_half_a_minute_has_a_leg():
    next_door = HubPoint(hub_id="BLR-2", name="Next door", lat=PEENYA.lat + 0.004, lon=PEENYA.lon)
    state = msgspec.structs.replace(WAITING, lane=Lane(origin=PEENYA, destination=next_door))
    km = distance_km(PEENYA.lat, PEENYA.lon, next_door.lat, next_door.lon)
    leg = find_open_leg({}, state, departs(lat=PEENYA.lat, lon=PEENYA.lon), ScanContext(hub_id="BLR-PNY"))
    assert (leg.base_min, leg.destination) == (round(free_flow_minutes(km), 3), "BLR-2")
    assert leg.base_min < 1
