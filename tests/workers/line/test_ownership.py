"""Ownership at recording: who may move a vehicle, what is refused and kept, and whose word counts."""

import json

import pytest

from tests.workers.records import NOON, encode_report, make_record
from tests.workers.world import World
from tracking.adapters.memory_vehicles import MemoryVehicleStore
from tracking.domain.vehicles import Owner, Registration
from tracking.models import Incident
from tracking.services.operations.foreign_vehicles import ForeignReport, report_foreign_vehicles
from workers.line.decode import decode
from workers.line.ownership import OwnerCheck, check_owners
from workers.replay import Outcome, replay

FIX = {"vehicle_id": "van", "lat": 12.97, "lon": 77.59}
BY_RIVAL = {"source": "api", "partner_id": "prt_rival", "livemode": True}
BY_OWNER = BY_RIVAL | {"partner_id": "prt_acme"}


@pytest.fixture
def world() -> World:
    world = World()
    world.tracking.vehicles.keep_registration("van", Registration(Owner("prt_acme")))
    return world


def refused(world) -> list[tuple[str, str | None, str | None]]:
    kept = world.workers.quarantine.read_day(NOON.date())
    return [(record.reason, record.shipment_id, record.vehicle_id) for record in kept]


def positions(world) -> list[str]:
    return [vehicle_id for vehicle_id, _ in world.live.positions]


def newest(world, vehicle_id="van"):
    state = world.tracking.vehicles.read_vehicles([vehicle_id]).get(vehicle_id)
    return state and state.fix and (state.fix.partner_id, state.fix.lat)


@pytest.mark.parametrize(
    "report",
    [
        FIX | BY_RIVAL,
        FIX | BY_RIVAL | {"shipment_id": "s", "status": "in_transit"},
        FIX | BY_OWNER | {"livemode": False},
    ],
)
def test_a_report_of_a_foreign_vehicle_moves_nothing_and_is_kept(world, report):
    world.process([make_record(1, encode_report(report))])
    assert refused(world) == [("foreign_vehicle", report.get("shipment_id"), "van")]
    assert (newest(world), positions(world), world.tracking.store.read_timeline("s")) == (None, [], [])


@pytest.mark.parametrize("report", [FIX, FIX | BY_OWNER])
def test_the_device_of_a_vehicle_and_its_owner_move_it(world, report):
    world.process([make_record(1, encode_report(report))])
    assert (refused(world), newest(world), positions(world)) == ([], ("prt_acme", 12.97), ["van"])


def test_a_scan_of_a_partner_moves_no_vehicle_that_nobody_has_registered(world):
    scan = FIX | BY_RIVAL | {"vehicle_id": "nobodys", "shipment_id": "s", "status": "in_transit"}
    world.process([make_record(1, encode_report(scan))])
    assert (refused(world), positions(world)) == ([], [])
    assert [event.vehicle_id for event in world.tracking.store.read_timeline("s")] == ["nobodys"]


def test_the_source_of_a_record_without_a_code_is_a_device(world):
    scan = {"shipment_id": "s", "status": "in_transit"} | BY_RIVAL
    world.process([make_record(1, json.dumps(scan).encode())])
    (event,) = world.tracking.store.read_timeline("s")
    assert (event.source, event.partner_id) == ("device", None)


@pytest.mark.parametrize("name", ["batch", ".", ".."])
def test_a_record_of_a_word_of_the_address_space_is_refused(world, name):
    world.process([make_record(1, json.dumps({"shipment_id": name, "status": "in_transit"}).encode())])
    assert [reason for reason, _, _ in refused(world)] == ["undecodable"]


def test_a_kept_report_is_replayed_once_the_vehicle_belongs_to_its_partner(world):
    record = make_record(1, encode_report(FIX | BY_RIVAL))
    world.process([record])
    name = f"2026-11-22/shardId-000000000000#{record.stream_position}"
    assert replay(name, world.tracking, world.workers) is Outcome.REFUSED
    world.tracking.vehicles.keep_registration("van", Registration(Owner("prt_rival")))
    assert replay(name, world.tracking, world.workers) is Outcome.RECORDED
    assert newest(world) == ("prt_rival", 12.97)


def test_a_foreign_report_opens_one_incident_and_none_again_once_it_is_resolved(world, db):
    report = ForeignReport("van", NOON, "reported by prt_rival")
    assert [report_foreign_vehicles(world.live, [report]) for _ in range(2)] == [1, 0]
    Incident.objects.update(resolved_at=NOON)
    assert report_foreign_vehicles(world.live, [report]) == 0
    assert list(Incident.objects.values_list("code", "vehicle_id")) == [("foreign_vehicle", "van")]


class StaleVehicles(MemoryVehicleStore):
    """Store whose cached owners are those from before the vehicle changed hands."""

    def read_registrations(self, vehicle_ids, *, fresh=False):
        return super().read_registrations(vehicle_ids) if fresh else {"van": Registration(Owner("prt_acme"))}


def test_owners_are_read_again_before_a_report_is_refused():
    vehicles = StaleVehicles()
    vehicles.keep_registration("van", Registration(Owner("prt_rival")))
    (scan,) = decode([make_record(1, encode_report(FIX | BY_RIVAL))]).scans
    assert check_owners([scan], {}, vehicles) == OwnerCheck([scan], [], {"van": "any"})
    vehicles.keep_registration("van", Registration(Owner("prt_third")))
    assert check_owners([scan], {}, vehicles) == OwnerCheck([], [scan], {"van": "any"})
