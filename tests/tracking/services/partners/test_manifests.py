"""Manifests: shipments join and leave vehicles by events, each once."""

import json
from datetime import timedelta

import pytest

from tests.events import at, make_event, make_fix
from tests.tracking.stories import record_timeline
from tracking.domain.vehicles import VehicleManifest
from tracking.models import Manifest, Shipment
from tracking.ports import ports
from tracking.services.partners.manifests import (
    change_manifest,
    close_manifest,
    find_manifest,
    open_manifest,
    start_and_end_manifests,
)
from tracking.services.partners.vehicles import (
    find_vehicle,
    read_positions,
    register_vehicle,
)
from tracking.services.recording.stream_records import StreamRefusedError
from tracking.services.requests.bodies import (
    ManifestChange,
    NewManifest,
    NewVehicle,
    StopRequest,
)
from tracking.services.requests.callers import Caller
from tracking.services.requests.refusals import (
    ManifestClosedError,
    ManifestOverlapError,
    RequestRefusedError,
    ShipmentOnManifestError,
    UnknownError,
)

NOW = at(60)


@pytest.fixture
def caller(partner, world) -> Caller:
    caller = Caller(partner, livemode=True, actor="key_abc")
    register_vehicle(ports().vehicles, caller, NewVehicle(vehicle_id="van-1", label="Red van"))
    for number in range(4):
        Shipment.objects.create(shipment_id=f"s{number}", partner=partner)
    return caller


def stops(*shipment_ids: str) -> list[StopRequest]:
    return [StopRequest(shipment_id=one, sequence=index) for index, one in enumerate(shipment_ids)]


def run(starts: float = 0, ends: float | None = None, *shipment_ids: str, vehicle_id: str = "van-1"):
    return NewManifest(
        vehicle_id=vehicle_id,
        starts_at=at(starts),
        ends_at=None if ends is None else at(ends),
        stops=stops(*shipment_ids),
    )


def take_records(world) -> list[tuple[str, str | None, str]]:
    records = [json.loads(data) for _, data in world.stream.records]
    assert {record["source"] for record in records} <= {"manifest"}
    world.stream.records.clear()
    return [
        (record["shipment_id"], record.get("vehicle_id"), record["timestamp"][11:16]) for record in records
    ]


def copy_of(world, vehicle_id: str = "van-1") -> tuple[str, ...] | None:
    copy = world.vehicles.read_manifests([vehicle_id]).get(vehicle_id)
    return copy and copy.shipment_ids


def test_shipments_join_the_vehicle_when_the_manifest_starts_and_leave_when_it_is_closed(world, caller):
    manifest = open_manifest(ports(), caller, run(30, None, "s2", "s1"), NOW)
    assert world.vehicles.read_manifests(["van-1"]) == {
        "van-1": VehicleManifest(
            vehicle_id="van-1",
            manifest_id=manifest.manifest_id,
            version=1,
            starts_at=at(30),
            shipment_ids=("s2", "s1"),
        )
    }
    assert take_records(world) == [("s2", "van-1", "07:30"), ("s1", "van-1", "07:30")]
    record_timeline(world.store, make_event(50, shipment_id="s1", status="delivered"))
    closed = close_manifest(ports(), caller, manifest.manifest_id, at(90))
    assert (closed.closed_at, take_records(world), copy_of(world)) == (at(90), [("s2", None, "08:30")], None)
    close_manifest(ports(), caller, manifest.manifest_id, at(95))
    assert take_records(world) == []


def test_a_later_manifest_is_started_and_closed_once_by_the_periodic_task(world, caller):
    open_manifest(ports(), caller, run(90, 180, "s1"), NOW)
    steps = []
    for minute in (60, 90, 120, 180, 200):
        moved = start_and_end_manifests(ports(), at(minute))
        steps.append((moved, take_records(world), copy_of(world)))
    assert steps == [
        (0, [], None),
        (1, [("s1", "van-1", "08:30")], ("s1",)),
        (0, [], ("s1",)),
        (1, [("s1", None, "10:00")], None),
        (0, [], None),
    ]


def test_a_change_puts_events_only_of_added_and_removed_shipments(world, caller):
    manifest = open_manifest(ports(), caller, run(0, None, "s0", "s1"), NOW)
    take_records(world)
    change = ManifestChange(add=stops("s2", "s1"), remove=["s0", "s3"])
    changed = change_manifest(ports(), caller, manifest.manifest_id, change, at(61))
    assert (changed.version, take_records(world)) == (2, [("s0", None, "08:01"), ("s2", "van-1", "08:01")])
    assert copy_of(world) == ("s2", "s1")


def test_a_shipment_that_changes_vans_at_one_moment_ends_on_the_second(world, caller):
    register_vehicle(ports().vehicles, caller, NewVehicle(vehicle_id="van-2"))
    first = open_manifest(ports(), caller, run(0, None, "s1"), NOW)
    close_manifest(ports(), caller, first.manifest_id, at(70))
    open_manifest(ports(), caller, run(70, None, "s1", vehicle_id="van-2"), at(70))
    seqs = [json.loads(data)["device_seq"] for _, data in world.stream.records]
    assert seqs == [1, 0, 1]


@pytest.mark.parametrize(
    ("starts", "ends", "overlaps"),
    [(0, None, True), (90, None, True), (120, None, False), (0, 30, False), (0, 31, True)],
)
def test_two_manifests_of_a_vehicle_never_overlap(world, caller, starts, ends, overlaps):
    open_manifest(ports(), caller, run(30, 120), NOW)
    if overlaps:
        with pytest.raises(ManifestOverlapError):
            open_manifest(ports(), caller, run(starts, ends), NOW)
    else:
        assert open_manifest(ports(), caller, run(starts, ends), NOW)


def test_a_shipment_is_on_one_open_manifest_at_most(world, caller):
    register_vehicle(ports().vehicles, caller, NewVehicle(vehicle_id="van-2"))
    first = open_manifest(ports(), caller, run(0, None, "s1"), NOW)
    with pytest.raises(ShipmentOnManifestError):
        open_manifest(ports(), caller, run(0, None, "s2", "s1", vehicle_id="van-2"), NOW)
    assert Manifest.objects.count() == 1
    close_manifest(ports(), caller, first.manifest_id, NOW)
    assert open_manifest(ports(), caller, run(0, None, "s2", "s1", vehicle_id="van-2"), NOW)


def test_invalid_stops_are_refused_with_their_pointers(world, caller, other_partner):
    Shipment.objects.create(shipment_id="theirs", partner=other_partner)
    Shipment.objects.create(shipment_id="test", partner=caller.partner, livemode=False)
    with pytest.raises(RequestRefusedError) as refusal:
        open_manifest(ports(), caller, run(0, None, "s1", "theirs", "test", "s1"), NOW)
    assert [(mistake.pointer, mistake.code) for mistake in refusal.value.mistakes] == [
        ("/stops/1/shipment_id", "not_found"),
        ("/stops/2/shipment_id", "not_found"),
        ("/stops/3/shipment_id", "contradiction"),
    ]
    with pytest.raises(RequestRefusedError) as refusal:
        open_manifest(ports(), caller, run(10, 5, vehicle_id="van-9"), NOW)
    assert [(mistake.pointer, mistake.code) for mistake in refusal.value.mistakes] == [
        ("/vehicle_id", "not_found"),
        ("/ends_at", "contradiction"),
    ]


def test_another_partners_manifest_and_vehicle_look_unknown(world, caller, other_partner):
    manifest = open_manifest(ports(), caller, run(0, None, "s1"), NOW)
    stranger = Caller(other_partner, livemode=True, actor="key_x")
    tester = caller._replace(livemode=False)
    for other in (stranger, tester):
        with pytest.raises(UnknownError):
            find_manifest(other, manifest.manifest_id)
        with pytest.raises(UnknownError):
            change_manifest(ports(), other, manifest.manifest_id, ManifestChange(), NOW)
        with pytest.raises(UnknownError):
            find_vehicle(other, "van-1")


def test_a_closed_manifest_does_not_change(world, caller):
    manifest = open_manifest(ports(), caller, run(0, None, "s1"), NOW)
    close_manifest(ports(), caller, manifest.manifest_id, NOW)
    with pytest.raises(ManifestClosedError):
        change_manifest(ports(), caller, manifest.manifest_id, ManifestChange(remove=["s1"]), NOW)


def test_a_manifest_that_the_stream_refuses_leaves_no_row(world, caller):
    world.stream.refusing = "throttled"
    with pytest.raises(StreamRefusedError):
        open_manifest(ports(), caller, run(0, None, "s1"), NOW)
    assert (Manifest.objects.count(), copy_of(world)) == (0, None)


def test_the_periodic_task_repairs_what_a_crash_left_undone(world, caller):
    manifest = open_manifest(ports(), caller, run(0, None, "s1"), NOW)
    first = take_records(world)
    world.vehicles.drop_manifest("van-1", manifest.manifest_id)
    assert (start_and_end_manifests(ports(), NOW), take_records(world), copy_of(world)) == (1, first, ("s1",))


def test_positions_are_read_from_a_time_included_to_a_time_excluded(world, caller):
    fixes = [make_fix(minute, "van-1", lat=12.9, lon=77.5, partner_id="prt_acme") for minute in range(5)]
    world.vehicles.record_fixes(fixes)
    end = at(4) + timedelta(microseconds=0)
    assert read_positions(ports().vehicles, caller, "van-1", at(1), end, None, 50) == fixes[1:4]
    assert read_positions(ports().vehicles, caller, "van-1", at(1), end, fixes[1].sort_key, 1) == fixes[2:3]
