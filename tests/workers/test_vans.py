"""A van with 300 parcels: one position is two writes and one message, and is in every answer."""

import json
from datetime import timedelta

import pytest

import tracking.ports
from tests.workers.records import NOON, encode_report, make_record
from tests.workers.world import World
from tracking.adapters.memory import MemoryShipmentStore
from tracking.answer import public_answer
from tracking.domain.events import format_time
from tracking.domain.vehicles import Owner, Registration, VehicleManifest
from tracking.ports import ports
from tracking.services.reading.shipments import read_tracked
from workers.line.process import process

PARCELS = [f"p{number}" for number in range(300)]


class CountingStore(MemoryShipmentStore):
    """Store that counts writes of rows and states."""

    def __init__(self) -> None:
        super().__init__()
        self.writes = 0

    def commit(self, commits):
        self.writes += sum(len(commit.events) + len(commit.rewrites) + commit.moved for commit in commits)
        return super().commit(commits)


@pytest.fixture
def world():
    before = tracking.ports.ports()
    world = World(CountingStore())
    tracking.ports.wire(world.tracking)
    yield world
    tracking.ports.wire(before)


def take(world: World, *reports: dict, first: int = 1) -> None:
    records = [make_record(first + index, encode_report(report)) for index, report in enumerate(reports)]
    process(records, world.tracking, world.workers)


def load(world: World) -> None:
    """Put all parcels out for delivery, on the manifest of the van."""
    out = [
        {"shipment_id": parcel, "status": "out_for_delivery", "event_id": f"o{parcel}"} for parcel in PARCELS
    ]
    joins = [
        {"shipment_id": parcel, "vehicle_id": "van-1", "source": "manifest", "event_id": f"m{parcel}"}
        for parcel in PARCELS
    ]
    take(world, *out, *joins)


def test_one_position_of_a_van_with_300_parcels_is_two_writes_and_one_message(world):
    load(world)
    store, vehicles, live = world.tracking.store, world.tracking.vehicles, world.live
    before = (store.writes, vehicles.writes, len(live.shipments), len(live.positions))
    fix = {"vehicle_id": "van-1", "lat": 12.9716, "lon": 77.5946}
    take(world, fix, first=1000)
    after = (store.writes, vehicles.writes, len(live.shipments), len(live.positions))
    assert [new - old for old, new in zip(before, after, strict=True)] == [0, 2, 0, 1]
    take(world, fix | {"event_id": "again", "timestamp": format_time(NOON)}, first=1001)
    assert (vehicles.writes - after[1], len(live.positions) - after[3]) == (1, 0)


def test_a_jump_of_a_van_between_two_reads_is_dropped_until_it_is_confirmed(world):
    def ping(number: int, lat: float) -> dict:
        moment = format_time(NOON + timedelta(seconds=1000 + 30 * number))
        return {"vehicle_id": "van-1", "lat": lat, "lon": 77.5946, "timestamp": moment}

    for number, lat in enumerate([12.97, 13.97, 12.97, 13.97, 13.971]):
        take(world, ping(number, lat), first=2000 + 30 * number)
    flags = [fix.fix_flags for fix in world.tracking.vehicles.read_fixes("van-1", None, "", "~", 10)]
    assert flags == [(), ("jump",), (), ("jump",), ("rebased",)]


def test_a_position_of_the_van_is_that_of_each_parcel_aboard_and_changes_its_etag(world):
    load(world)
    before = read_tracked(ports(), "p7")
    take(world, {"vehicle_id": "van-1", "lat": 12.9716, "lon": 77.5946}, first=1000)
    tracked = read_tracked(ports(), "p7")
    assert before is not None
    assert tracked is not None
    assert (before.make_etag(NOON), tracked.make_etag(NOON)) == ('"1"', '"1.1"')
    assert public_answer(tracked.state)["position"] == {
        "lat": 12.97,
        "lon": 77.59,
        "occurred_at": "2026-11-22T12:16:40.000Z",
    }
    assert tracked.state.position is not None
    assert tracked.state.position.place.town == "Bengaluru"


@pytest.mark.parametrize(
    "report",
    [
        {"status": "delivered"},
        {"source": "manifest", "vehicle_id": None},
        {"vehicle_id": "van-2"},
        {"status": "available_for_pickup"},
    ],
)
def test_a_parcel_that_has_left_the_van_does_not_get_its_positions(world, report):
    load(world)
    take(world, {"shipment_id": "p7", "event_id": "left"} | report, first=900)
    take(world, {"vehicle_id": "van-1", "lat": 12.9716, "lon": 77.5946}, first=1000)
    tracked = read_tracked(ports(), "p7")
    assert tracked is not None
    assert (tracked.vehicle_version, tracked.state.position) == (None, None)


def test_a_scan_of_the_parcel_newer_than_the_position_of_the_van_counts(world):
    load(world)
    take(world, {"vehicle_id": "van-1", "lat": 12.9716, "lon": 77.5946}, first=1000)
    take(world, {"shipment_id": "p7", "lat": 12.90, "lon": 77.60}, first=1001)
    tracked = read_tracked(ports(), "p7")
    assert tracked is not None
    assert tracked.state.position is not None
    assert (tracked.state.position.lat, tracked.make_etag(NOON)) == (12.90, '"2.1"')


def test_a_new_version_of_a_parcel_is_pushed_with_the_position_of_its_van_and_the_van_to_follow(world):
    load(world)
    take(world, {"vehicle_id": "van-1", "lat": 12.9716, "lon": 77.5946}, first=1000)
    take(world, {"shipment_id": "p7", "status": "out_for_delivery", "substatus": "next_stop"}, first=1001)
    shipment_id, frame = world.live.shipments[-1]
    assert (shipment_id, frame["shipment"]["position"]["lat"]) == ("p7", 12.97)
    assert world.live.followed["p7"] == "van-1"


def test_another_partners_vehicle_moves_no_booked_parcel(world):
    booking = {
        "shipment_id": "b1",
        "status": "created",
        "source": "api",
        "partner_id": "prt_1",
        "booking": {},
    }
    world.tracking.vehicles.keep_registration("van-2", Registration(Owner("prt_2")))
    world.tracking.vehicles.keep_registration("van-1", Registration(Owner("prt_1")))
    take(
        world,
        booking | {"booking": {}},
        {"shipment_id": "b1", "status": "in_transit", "vehicle_id": "van-2", "lat": 12.9, "lon": 77.5},
        {"shipment_id": "b1", "status": "picked_up", "vehicle_id": "van-1"},
    )
    rows = world.tracking.store.read_timeline("b1")
    state = world.tracking.store.read_state("b1")
    assert [(row.applied, row.reject_reason) for row in rows] == [
        (True, None),
        (False, "foreign_vehicle"),
        (True, None),
    ]
    assert (state.status, state.vehicle_id, state.position) == ("picked_up", "van-1", None)


def test_an_id_without_a_time_sent_again_days_later_is_the_same_event(world):
    report = {"shipment_id": "s1", "event_id": "mine-1", "status": "picked_up"}
    take(world, report, first=1)
    take(world, *({"shipment_id": "s1", "lat": 12.9, "lon": 77.5} for _ in range(20)), first=2)
    version = world.tracking.store.read_state("s1").state_version
    take(world, report, first=3 * 24 * 3600)
    rows = [row for row in world.tracking.store.read_timeline("s1") if row.event_id == "mine-1"]
    assert (len(rows), world.tracking.store.read_state("s1").state_version) == (1, version)


def test_a_jump_of_the_van_in_its_own_batch_moves_no_parcel(world):
    load(world)
    for number, lat in ((1000, 12.9716), (1001, 28.61)):
        take(world, {"vehicle_id": "van-1", "lat": lat, "lon": 77.5946}, first=number)
    tracked = read_tracked(ports(), "p7")
    assert tracked is not None
    assert (tracked.vehicle_version, tracked.state.position.lat) == (1, 12.9716)


def test_a_position_of_a_van_reports_a_parcel_aboard_whose_promise_has_passed(world):
    manifest = VehicleManifest(
        vehicle_id="van-1", manifest_id="m1", version=1, starts_at=NOON, shipment_ids=("p0", "p1")
    )
    world.tracking.vehicles.keep_manifest(manifest)
    load(world)
    for number, minutes in enumerate([15, 600]):
        promised = {"from": format_time(NOON), "to": format_time(NOON + timedelta(minutes=minutes))}
        booked = {"shipment_id": f"p{number}", "status": "created", "source": "api", "event_id": "b"}
        take(world, booked | {"booking": {"promised": promised}}, first=700 + number)
    fix = {"vehicle_id": "van-1", "lat": 12.9716, "lon": 77.5946}
    take(world, fix, first=1200)
    shard_id = world.stream.list_shards()[0].shard_id
    records = world.stream.read(shard_id, world.stream.open_shard(shard_id, ""), 100).records
    reports = [json.loads(record.raw) for record in records]
    assert [(report["shipment_id"], report["event_id"]) for report in reports] == [
        ("p0", "delay-late_certain-1"),
        ("p1", "arriving-0-20261122T122000"),
    ]
    assert reports[0]["tour"]["stops_ahead"] == 0
