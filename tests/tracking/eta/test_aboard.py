"""Rides: which parcels are still aboard, in which order, and since when the tour has lasted."""

from datetime import timedelta

import msgspec
import pytest

from tests.events import at, make_event
from tests.tracking.domain.journeys import CHENNAI, LANE
from tracking.domain.calendars import DeliveryCalendar
from tracking.domain.events import Place
from tracking.domain.legs import RECIPIENT, OpenLeg
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Direction, Status
from tracking.domain.vehicles import VehicleManifest
from tracking.eta.aboard import ParcelAboard, is_open_at, list_aboard, predict_aboard
from tracking.eta.forecast import ScanContext, forecast
from tracking.eta.tours import Tour

MANIFEST = VehicleManifest(
    vehicle_id="van-1",
    manifest_id="m1",
    version=1,
    starts_at=at(0),
    ends_at=at(600),
    shipment_ids=("a", "b", "c", "d"),
)

SHORT = DeliveryCalendar(closes_min=18 * 60)
CALENDARS = {LANE.destination.hub_id: SHORT}


def parcel(name: str, **fields) -> ShipmentState:
    usual = {"status": Status.OUT_FOR_DELIVERY, "manifest_vehicle_id": "van-1"}
    return ShipmentState(shipment_id=name, **usual | fields)


def states(*parcels: ShipmentState) -> dict[str, ShipmentState]:
    return {state.shipment_id: state for state in parcels}


def loaded(minute: float, destination: str = RECIPIENT) -> OpenLeg:
    return OpenLeg(origin="MAA", destination=destination, departed_at=at(minute))


INSTANT = timedelta(microseconds=1)


def test_a_manifest_is_driven_by_from_its_first_to_its_last_instant():
    moments = [at(0) - INSTANT, at(0), at(600), at(600) + INSTANT]
    assert [is_open_at(MANIFEST, moment) for moment in moments] == [False, True, True, False]
    endless = msgspec.structs.replace(MANIFEST, ends_at=None)
    assert [is_open_at(endless, moment) for moment in moments] == [False, True, True, True]


def test_parcels_ride_in_the_order_of_their_stops_and_know_how_many_come_before_and_are_done():
    b, d = parcel("b"), parcel("d", status=Status.IN_TRANSIT)
    known = states(d, parcel("c", status=Status.DELIVERED), b, parcel("a"))
    assert list_aboard(MANIFEST, known) == [
        ParcelAboard(known["a"], Tour(stops_ahead=0, stops_done=1, started_at=at(0))),
        ParcelAboard(b, Tour(stops_ahead=1, stops_done=1, started_at=at(0))),
        ParcelAboard(d, None),
    ]


@pytest.mark.parametrize(
    "fields",
    [
        {"status": Status.DELIVERED},
        {"status": Status.RETURNED},
        {"status": Status.CANCELLED},
        {"status": Status.ATTEMPT_FAILED},
        {"status": Status.AVAILABLE_FOR_PICKUP},
        {"direction": Direction.RETURN},
        {"manifest_vehicle_id": "van-2"},
    ],
)
def test_what_has_ended_was_tried_returns_or_changed_its_van_is_not_aboard(fields):
    found = list_aboard(MANIFEST, states(parcel("a", **fields), parcel("b")))
    assert [(one.state.shipment_id, one.tour.stops_ahead) for one in found] == [("b", 0)]


def test_a_van_whose_parcels_are_all_done_or_unknown_carries_nothing():
    assert list_aboard(MANIFEST, {}) == []
    assert list_aboard(MANIFEST, states(parcel("a", status=Status.DELIVERED))) == []


@pytest.mark.parametrize(
    ("legs", "started"),
    [
        ([loaded(30), loaded(20)], 20),
        ([loaded(-1), loaded(20)], 20),
        ([loaded(0), loaded(20)], 0),
        ([loaded(5, "MAA"), loaded(20)], 20),
        ([None, loaded(20)], 20),
        ([None, None], 0),
        ([loaded(-1), loaded(-2)], 0),
    ],
)
def test_a_tour_begins_with_its_first_loading_after_the_manifest_has_begun(legs, started):
    known = states(parcel("a", open_leg=legs[0]), parcel("b", open_leg=legs[1]))
    assert {ride.tour.started_at for ride in list_aboard(MANIFEST, known)} == {at(started)}


def test_a_vehicles_position_is_foreseen_as_each_parcels_own():
    fix = make_event(
        30, "fix", shipment_id=None, vehicle_id="van-1", lat=13.0, lon=80.2, place=Place(hub_id="MAA-GDY")
    )
    doors = {"600032": (13.02, 80.22)}
    with_pin = parcel("a", lane=LANE, destination_pin="600032", open_leg=loaded(0))
    without = parcel("b", lane=LANE, open_leg=loaded(0))
    rides = [ParcelAboard(with_pin, Tour(stops_ahead=2)), ParcelAboard(without, None)]
    scans = [
        make_event(30, "ride", shipment_id=name, lat=13.0, lon=80.2, source="system", actor="ride")
        for name in "ab"
    ]
    assert predict_aboard({}, rides, fix, doors.get, CALENDARS.get) == [
        forecast({}, with_pin, scans[0], ScanContext("MAA-GDY", (13.02, 80.22), Tour(stops_ahead=2), SHORT)),
        forecast({}, without, scans[1], ScanContext("MAA-GDY", calendar=SHORT)),
    ]


def test_a_position_outside_of_every_hub_names_none():
    fix = make_event(30, "fix", shipment_id=None, lat=CHENNAI.lat, lon=CHENNAI.lon)
    waits = parcel("a", lane=LANE, status=Status.IN_TRANSIT)
    (expected,) = predict_aboard({}, [ParcelAboard(waits)], fix, lambda _: None, CALENDARS.get)
    assert expected.eta.explanation.legs_ahead == 2
