"""A van crosses a geofence for every parcel on its manifest: once each, and never per position."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

import tracking.ports
from tests.workers.records import NOON, decode_record, encode_report, make_record
from tests.workers.world import World
from tracking.adapters.memory_vehicles import MemoryVehicleStore
from tracking.domain.errors import TransientError
from tracking.domain.events import format_time
from tracking.domain.geofence import make_geofence
from tracking.domain.vehicles import VehicleManifest
from workers.line.process import process
from workers.places.fences import GeofenceIndex

HUB = make_geofence("BLR", "hub", 12.9716, 77.5946, "Bengaluru hub")
METRE = 1 / 111_195
BEGUN = NOON - timedelta(hours=3)


class ForgetfulVehicles(MemoryVehicleStore):
    """Store that fails to keep positions as often as it is configured to."""

    failures = 0

    def record_fixes(self, fixes):
        if fixes and self.failures:
            self.failures -= 1
            raise TransientError("the table is throttled")
        return super().record_fixes(fixes)


class Run:
    """A van with parcels on the line; what the line puts on the stream comes back to it by `follow`."""

    def __init__(self) -> None:
        self.world = World()
        self.vehicles = ForgetfulVehicles()
        self.world.tracking = replace(self.world.tracking, vehicles=self.vehicles)
        self.world.workers = replace(self.world.workers, fences=GeofenceIndex(lambda: [HUB]))
        self.number = 0
        self.followed = 0

    def take(self, *reports: dict) -> None:
        self.number += len(reports)
        records = [
            make_record(self.number + index, encode_report(report), arrived_at=NOON)
            for index, report in enumerate(reports)
        ]
        process(records, self.world.tracking, self.world.workers)

    def load(self, *parcels: str, status: str = "in_transit", begun: datetime = BEGUN) -> None:
        """Parcels picked up and on the van's manifest, which begins then."""
        for parcel in parcels:
            moment = format_time(BEGUN - timedelta(minutes=10))
            self.take(
                {"shipment_id": parcel, "status": status, "event_id": f"s-{parcel}", "timestamp": moment},
                {"shipment_id": parcel, "vehicle_id": "van-1", "source": "manifest", "timestamp": moment},
            )
        self.vehicles.keep_manifest(VehicleManifest("van-1", "m1", 1, begun, None, parcels))

    def ping(self, second: float, metres: float = 0.0) -> None:
        """Report the van's position at `metres` from the hub, in a batch of its own."""
        moment = format_time(BEGUN + timedelta(seconds=second))
        place = {"lat": HUB.lat + metres * METRE, "lon": HUB.lon, "accuracy_m": 10.0, "speed_kmh": 5.0}
        self.take({"vehicle_id": "van-1", "timestamp": moment} | place)

    def put(self) -> list[dict]:
        """Return the records that the line has put on the stream so far."""
        shard_id = self.world.stream.list_shards()[0].shard_id
        read = self.world.stream.read(shard_id, self.world.stream.open_shard(shard_id, ""), 1000)
        return [decode_record(record.raw) for record in read.records]

    def follow(self) -> None:
        """Take what the line has put on the stream since the last time."""
        waiting = self.put()[self.followed :]
        self.followed += len(waiting)
        if waiting:
            self.take(*waiting)

    def list_system_events(self, parcel: str) -> list[tuple[str | None, float, str | None]]:
        """Return the system's own events of a parcel: substatus, seconds after the run began, hub."""
        rows = [row for row in self.world.tracking.store.read_timeline(parcel) if row.source == "system"]
        return [
            (row.substatus, (row.occurred_at - BEGUN).total_seconds(), row.place and row.place.hub_id)
            for row in rows
        ]


@pytest.fixture
def run():
    before = tracking.ports.ports()
    run = Run()
    tracking.ports.wire(run.world.tracking)
    yield run
    tracking.ports.wire(before)


ARRIVED, LEFT = ("arrived_hub", 60.0, "BLR"), ("departed_hub", 600.0, "BLR")


def test_a_stay_of_the_van_is_one_arrival_and_one_departure_of_each_parcel_however_many_pings(run):
    run.load("p1", "p2", "p3")
    for second in range(60, 600, 30):
        run.ping(second, 40)
    assert len(run.put()) == 3
    for second, metres in ((600, 900), (630, 1_400), (660, 1_900)):
        run.ping(second, metres)
    run.follow()
    assert [run.list_system_events(parcel) for parcel in ("p1", "p2", "p3")] == [[ARRIVED, LEFT]] * 3
    assert len(run.put()) == 6
    state = run.world.tracking.store.read_state("p1")
    assert (state.status, state.substatus, state.manifest_vehicle_id) == (
        "in_transit",
        "departed_hub",
        "van-1",
    )


def test_events_that_the_line_puts_on_the_stream_name_their_source_and_their_parcel(run):
    run.load("p1")
    for second in range(60, 300, 30):
        run.ping(second, 40)
    (record,) = run.put()
    event_id = record.pop("event_id")
    assert event_id.startswith("g_")
    assert record == {
        "shipment_id": "p1",
        "vehicle_id": "van-1",
        "device_seq": 0,
        "lat": HUB.lat,
        "lon": HUB.lon,
        "status": "in_transit",
        "substatus": "arrived_hub",
        "timestamp": format_time(BEGUN + timedelta(seconds=60)),
        "source": "system",
        "livemode": True,
        "actor": "geofence",
    }


def test_an_arrival_reported_before_a_crash_is_reported_again_and_recorded_once(run):
    run.load("p1")
    for second in range(60, 240, 30):
        run.ping(second, 40)
    run.vehicles.failures = 1
    with pytest.raises(TransientError):
        run.ping(240, 40)
    run.ping(240, 40)
    assert len(run.put()) == 2
    run.follow()
    assert run.list_system_events("p1") == [ARRIVED]


def test_while_the_stream_takes_nothing_the_van_has_not_arrived_yet(run):
    run.load("p1")
    for second in range(60, 240, 30):
        run.ping(second, 40)
    put, run.world.stream.put = run.world.stream.put, lambda records: ["throttled" for _ in records]
    with pytest.raises(TransientError):
        run.ping(240, 40)
    run.world.stream.put = put
    run.ping(240, 40)
    run.follow()
    assert run.list_system_events("p1") == [ARRIVED]


@pytest.mark.parametrize(
    "report",
    [
        {"status": "delivered"},
        {"status": "out_for_delivery"},
        {"source": "manifest", "vehicle_id": None},
        {"status": "in_transit", "substatus": "arrived_hub"},
    ],
)
def test_a_parcel_that_is_not_aboard_or_not_under_way_or_was_scanned_gets_no_event(run, report):
    run.load("p1", "p2")
    moment = format_time(BEGUN + timedelta(seconds=30))
    run.take({"shipment_id": "p1", "event_id": "x1", "timestamp": moment} | report)
    for second in range(60, 300, 30):
        run.ping(second, 40)
    assert [record["shipment_id"] for record in run.put()] == ["p2"]


def test_a_manifest_that_began_after_the_van_arrived_was_not_aboard(run):
    run.load("p1", begun=BEGUN + timedelta(seconds=90))
    for second in range(60, 300, 30):
        run.ping(second, 40)
    assert run.put() == []


def test_an_event_from_a_fence_is_no_position_to_check_later_ones_against(run):
    run.load("p1")
    for second in range(60, 600, 30):
        run.ping(second, 40)
    run.ping(600, 900)
    run.ping(630, 1_400)
    run.follow()
    for second in (7_200, 7_230, 7_260):
        moment = format_time(BEGUN + timedelta(seconds=second))
        place = {"lat": 13.5, "lon": 77.5946, "accuracy_m": 10.0}
        run.take({"shipment_id": "p1", "vehicle_id": "van-1", "timestamp": moment} | place)
    assert run.list_system_events("p1") == [ARRIVED, LEFT]
