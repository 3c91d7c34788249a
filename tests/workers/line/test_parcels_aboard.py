"""Parcels aboard: a van's position gives their windows and lateness; only notable changes are written."""

from dataclasses import replace
from datetime import timedelta
from itertools import count, pairwise

import pytest
from msgspec.structs import replace as replace_fields

from tests.events import at, make_event, make_fix
from tests.tracking.domain.journeys import CHENNAI, LANE
from tests.workers.records import decode_record
from tests.workers.world import World
from tracking.domain.errors import TransientError
from tracking.domain.events import Booking, Place, Window
from tracking.domain.tour import Tour
from tracking.domain.vehicles import VehicleManifest, VehicleState
from tracking.eta.aboard import list_aboard
from tracking.eta.durations import DurationStatistics, tour_key
from tracking.ports import TrackingPorts
from workers.line.decode import decode
from workers.line.enrich import enrich
from workers.line.gather import Gathered
from workers.line.parcels_aboard import forecast_parcels_aboard
from workers.line.record import record_events
from workers.ports import StreamRecord
from workers.vehicle_checks import CHECKS_A_BATCH, VehicleChecks

NAMES = tuple(f"p{number:02d}" for number in range(30))
MANIFEST = VehicleManifest(
    vehicle_id="van-1", manifest_id="m1", version=1, starts_at=at(0), shipment_ids=NAMES
)
# Enough tours are known for a chance to be published.
BOOK = {tour_key("MAA-GDY"): DurationStatistics(mean_log=5.0, count=40, low_offset=-1.0, high_offset=1.0)}
DOOR = (13.02, 80.22)
# No two records of a stream stand at the same place.
NUMBERS = count(1)


class NoPlaces:
    def locate(self, points):
        return [None for _ in points]

    def locate_pincode(self, pincode):
        return DOOR


class CountingStore:
    """Counts what is read of a store."""

    def __init__(self, store):
        self._store = store
        self.read = 0

    def read_current(self, shipment_ids):
        self.read += 1
        return self._store.read_current(shipment_ids)


class Lanes:
    """Lane statistics of these tests."""

    def read(self, keys):
        return BOOK


def workers(checks: VehicleChecks):
    return replace(World().workers, vehicle_checks=checks, lanes=Lanes(), places=NoPlaces())


def take(world, scans) -> list:
    """Scans through enrich and record; the changes they make."""
    ids = [scan.shipment_id for scan in scans]
    states = world.store.read_states(ids)
    recorded = record_events(
        world.store, states, enrich(Gathered(scans, states, statistics=BOOK), NoPlaces()).events, at(5000)
    )
    return [change for first in recorded.changes for change in (first, *first.also)]


@pytest.fixture
def van(world):
    """Thirty parcels on a van that leaves at minute 0, the last one promised for minute 300."""
    world.vehicles.keep_manifest(MANIFEST)
    for number, name in enumerate(NAMES):
        window = Window(from_=at(0), to=at(300 if number == 29 else 3000))
        booking = Booking(promised=window, lane=LANE, destination_pin="600032")
        fields = {"shipment_id": name, "source": "api", "partner_id": "p"}
        take(world, [make_event(-9, f"b{name}", status="created", booking=booking, **fields)])
        take(world, [make_event(-8, f"j{name}", shipment_id=name, vehicle_id="van-1", source="manifest")])
        loading = {"substatus": "loaded", "lat": CHENNAI.lat, "lon": CHENNAI.lon, "vehicle_id": "van-1"}
        take(world, [make_event(0.5, f"o{name}", shipment_id=name, status="out_for_delivery", **loading)])
    return world


def deliver(world, name, minute) -> None:
    take(world, [make_event(minute, f"d{name}", shipment_id=name, status="delivered")])


def ping(minute, vehicle_id="van-1") -> dict[str, VehicleState]:
    fix = make_fix(minute, vehicle_id, lat=13.0, lon=80.2)
    return {vehicle_id: VehicleState(vehicle_id=vehicle_id, vehicle_version=1, fix=fix)}


def list_reports(world) -> list[dict]:
    sent = [decode_record(raw) for _, raw in world.stream.records]
    return [report for report in sent if report.get("actor") == "ride"]


def take_reports(world) -> list:
    """Take the events that the checks have put on the stream through the line; return the changes."""
    records = [
        StreamRecord(raw, at(5000), "1/shard", f"{(number := next(NUMBERS)):064d}", str(number))
        for _, raw in world.stream.records
    ]
    world.stream.records.clear()
    scans, refusals, _ = decode(records)
    assert refusals == []
    return take(world, scans)


def test_stops_ahead_are_those_of_the_manifest_less_what_is_done(van):
    deliver(van, "p00", 10)
    take(van, [make_event(12, "f", shipment_id="p01", status="attempt_failed", substatus="not_home")])
    rides = list_aboard(MANIFEST, van.store.read_current(NAMES))
    assert [ride.state.shipment_id for ride in rides] == list(NAMES[2:])
    assert [ride.tour for ride in rides[:2]] == [
        Tour(stops_ahead=0, stops_done=2, started_at=at(0.5)),
        Tour(stops_ahead=1, stops_done=2, started_at=at(0.5)),
    ]


def test_a_van_on_its_way_writes_nothing_as_long_as_nobody_would_be_notified(van):
    looks = VehicleChecks()
    forecast_parcels_aboard(ping(5), TrackingPorts(*van), workers(looks))
    take_reports(van)
    assert forecast_parcels_aboard(ping(6), TrackingPorts(*van), workers(looks)) == 0
    assert list_reports(van) == []


def test_the_parcels_of_the_next_six_stops_are_near_once_each(van):
    looks, near = VehicleChecks(), []
    for minute in (5, 6, 7):
        forecast_parcels_aboard(ping(minute), TrackingPorts(*van), workers(looks))
        near += [change.shipment_id for change in take_reports(van) if change.reason_code == "vehicle_near"]
        deliver(van, NAMES[minute - 5], minute + 0.5)
    assert near == list(NAMES[:8])


def test_a_van_that_stands_at_its_hub_is_near_nobody(van):
    (vehicle,) = ping(5).values()
    fix = replace_fields(vehicle.fix, place=Place(hub_id="MAA-GDY", hub_name="Guindy"))
    at_hub = {"van-1": replace_fields(vehicle, fix=fix)}
    assert forecast_parcels_aboard(at_hub, TrackingPorts(*van), workers(VehicleChecks())) == 0


def test_a_van_is_looked_at_once_a_minute_by_one_read_of_its_parcels(van):
    store = CountingStore(van.store)
    ports, looks = TrackingPorts(*van._replace(store=store)), VehicleChecks()
    for minute in (10, 10.4, 10.9, 11, 11.5):
        forecast_parcels_aboard(ping(minute), ports, workers(looks))
    assert store.read == 2


def test_vehicles_that_are_due_at_once_take_turns(van):
    pings = {}
    for number in range(CHECKS_A_BATCH + 3):
        pings |= ping(10, f"van-{number}")
    looks = VehicleChecks()
    assert len(looks.take_due(pings)) == CHECKS_A_BATCH
    assert len(looks.take_due(pings)) == 3
    assert looks.take_due(pings) == []


def test_a_van_that_falls_behind_reports_its_last_parcel_late_once_and_before_the_promise(van):
    looks, changes = VehicleChecks(), []
    # Two stops an hour: the last of thirty will not be reached by minute 300.
    for minute in range(1, 100):
        if minute % 30 == 0:
            deliver(van, NAMES[minute // 30], minute)
        forecast_parcels_aboard(ping(minute + 0.6), TrackingPorts(*van), workers(looks))
        changes += take_reports(van)
    delayed = [change for change in changes if change.type == "delayed"]
    assert [(change.shipment_id, change.cause, change.episode) for change in delayed] == [("p29", "clock", 1)]
    assert at(300) - delayed[0].occurred_at > timedelta(minutes=60)
    assert van.store.read_state("p29").delay.notified_count == 1


def test_a_window_that_moved_is_published_at_most_every_quarter_of_an_hour(van):
    looks, changes = VehicleChecks(), []
    for minute in range(1, 100):
        forecast_parcels_aboard(ping(minute + 0.6), TrackingPorts(*van), workers(looks))
        changes += take_reports(van)
    moved = [
        change.occurred_at
        for change in changes
        if change.type == "eta_changed" and change.shipment_id == "p05"
    ]
    assert 2 <= len(moved) <= 6
    assert all(later - sooner >= timedelta(minutes=15) for sooner, later in pairwise(moved))


def test_reports_of_two_processes_on_the_same_position_make_one_change_and_one_state(van):
    for minute in (30, 46):
        forecast_parcels_aboard(ping(minute), TrackingPorts(*van), workers(VehicleChecks()))
    once = list(van.stream.records)
    changes = {change.change_id for change in take_reports(van)}
    state = van.store.read_state("p29")
    van.stream.records[:] = once
    assert changes
    # A repeat gives back what the bus has not taken yet, under the same id.
    assert {change.change_id for change in take_reports(van)} == changes
    assert van.store.read_state("p29") == state


class AwayVehicles:
    def read_manifests(self, vehicle_ids):
        raise TransientError("away")


def test_a_store_that_is_away_costs_a_look_and_no_event(van):
    ports = TrackingPorts(*van._replace(vehicles=AwayVehicles()))
    assert forecast_parcels_aboard(ping(10), ports, workers(VehicleChecks())) == 0
