"""Contract of the port `VehicleStore`, in memory and on DynamoDB of the local AWS."""

import itertools
from datetime import UTC, datetime

import msgspec
import pytest
from django.conf import settings

from tests.contracts.backends import MEMORY
from tests.events import at, make_fix
from tracking.adapters.dynamodb_vehicles import DynamoVehicleStore
from tracking.adapters.memory_vehicles import MemoryVehicleStore
from tracking.domain.events import Place, VehicleFix, format_time
from tracking.domain.vehicles import Owner, Registration, VehicleManifest, VehicleState
from tracking.ports import VehicleStore

numbers = itertools.count()


@pytest.fixture
def store(backend) -> VehicleStore:
    if backend == MEMORY:
        return MemoryVehicleStore()
    return DynamoVehicleStore(settings.AWS_NAMES["tracking_table"])


@pytest.fixture
def vehicle_id() -> str:
    return f"van-{next(numbers)}-{datetime.now(UTC).timestamp():.0f}"


def fix_at(minutes: float, vehicle_id: str, **fields) -> VehicleFix:
    return make_fix(
        minutes,
        vehicle_id,
        lat=12.971612,
        lon=77.594634,
        heading=270.0,
        place=Place(town="Bengaluru", state="Karnataka"),
        **fields,
    )


def manifest_of(vehicle_id: str, manifest_id: str = "m1", version: int = 1, starts: float = 0):
    return VehicleManifest(
        vehicle_id=vehicle_id,
        manifest_id=manifest_id,
        version=version,
        starts_at=at(starts),
        shipment_ids=("123", "124"),
    )


def test_the_newest_position_counts_in_any_order_and_with_any_repeats(store, vehicle_id):
    fixes = [fix_at(minute, vehicle_id) for minute in (1, 3, 2)]
    moved = [store.record_fixes([fix]) for fix in (*fixes, fixes[1])]
    newest = VehicleState(vehicle_id=vehicle_id, vehicle_version=2, fix=fixes[1])
    first = VehicleState(vehicle_id=vehicle_id, vehicle_version=1, fix=fixes[0])
    assert moved == [{vehicle_id: first}, {vehicle_id: newest}, {}, {}]
    assert store.read_vehicles([vehicle_id, "van-unknown"]) == {vehicle_id: newest}


def test_several_positions_at_once_are_all_kept_and_are_one_version(store, vehicle_id):
    fixes = [fix_at(minute, vehicle_id) for minute in range(30)]
    (state,) = store.record_fixes([*reversed(fixes), fixes[0]]).values()
    kept = store.read_fixes(vehicle_id, None, "", "~", 100)
    assert (state.vehicle_version, state.fix, kept) == (1, fixes[-1], fixes)


def test_a_position_dropped_by_cleaning_is_stored_and_moves_nothing(store, vehicle_id):
    good, jump = fix_at(1, vehicle_id), fix_at(2, vehicle_id, fix_flags=("jump",))
    store.record_fixes([good])
    assert store.record_fixes([jump]) == {}
    assert store.read_fixes(vehicle_id, None, "", "~", 10) == [good, jump]


def test_the_cleaning_memory_is_stored_also_after_a_dropped_position(store, vehicle_id):
    kept = []
    for fix in (
        fix_at(1, vehicle_id, fix_memory="one"),
        fix_at(2, vehicle_id, fix_memory="two", fix_flags=("jump",)),
        fix_at(0, vehicle_id, fix_memory="old"),
        fix_at(3, vehicle_id, fix_memory="three"),
    ):
        store.record_fixes([fix])
        state = store.read_vehicles([vehicle_id])[vehicle_id]
        kept.append((state.fix_memory, state.vehicle_version))
    assert kept == [("one", 1), ("two", 1), ("two", 1), ("three", 2)]


def test_positions_are_read_between_two_times_up_to_a_limit(store, vehicle_id):
    fixes = [fix_at(minute, vehicle_id) for minute in range(10)]
    store.record_fixes(fixes)
    between = store.read_fixes(vehicle_id, None, fixes[2].sort_key, format_time(at(8)), 10)
    assert between == fixes[3:8]
    assert store.read_fixes(vehicle_id, None, fixes[2].sort_key, format_time(at(8)), 2) == fixes[3:5]
    assert store.read_fixes(vehicle_id, None, "b", "a", 10) == []


def test_the_owner_of_a_vehicle_outlasts_its_positions_and_the_reverse(store, vehicle_id):
    store.keep_registration(vehicle_id, Registration(Owner("prt_1")))
    owned = store.read_vehicles([vehicle_id])[vehicle_id]
    store.record_fixes([fix_at(1, vehicle_id)])
    store.keep_registration(vehicle_id, None)
    left = store.read_vehicles([vehicle_id])[vehicle_id]
    assert (owned, left) == (
        VehicleState(vehicle_id=vehicle_id, partner_id="prt_1"),
        VehicleState(vehicle_id=vehicle_id, vehicle_version=1, fix=fix_at(1, vehicle_id)),
    )


def test_vehicles_without_an_owner_are_left_out_of_the_owners(store, vehicle_id):
    store.keep_registration(vehicle_id, Registration(Owner("prt_1")))
    store.record_fixes([fix_at(1, f"{vehicle_id}-nobodys")])
    assert store.read_registrations([vehicle_id, f"{vehicle_id}-nobodys", "van-unknown"]) == {
        vehicle_id: Registration(Owner("prt_1"))
    }


def test_the_class_of_a_vehicle_is_kept_with_its_owner_and_outlasts_its_positions(store, vehicle_id):
    owner, fix = Owner("prt_1"), fix_at(1, vehicle_id, partner_id="prt_1")
    store.keep_registration(vehicle_id, Registration(owner, "line haul"))
    (moved,) = store.record_fixes([fix]).values()
    known = store.read_registrations([vehicle_id], fresh=True)
    store.keep_registration(vehicle_id, Registration(owner, "feeder"))
    changed = store.read_registrations([vehicle_id], fresh=True)
    store.keep_registration(vehicle_id, None)
    assert (moved.registration, known, changed, store.read_vehicles([vehicle_id])[vehicle_id]) == (
        Registration(owner, "line haul"),
        {vehicle_id: Registration(owner, "line haul")},
        {vehicle_id: Registration(owner, "feeder")},
        VehicleState(vehicle_id=vehicle_id, vehicle_version=1),
    )


def test_positions_and_the_newest_one_are_those_of_the_owner_at_that_time(store, vehicle_id):
    first, second = Owner("prt_1"), Owner("prt_2", livemode=False)
    fixes = {
        None: fix_at(1, vehicle_id),
        first: fix_at(2, vehicle_id, partner_id="prt_1"),
        second: fix_at(3, vehicle_id, partner_id="prt_2", livemode=False),
    }
    store.record_fixes(list(fixes.values()))
    seen = {}
    for owner in fixes:
        store.keep_registration(vehicle_id, Registration(owner) if owner else None)
        newest = store.read_vehicles([vehicle_id])[vehicle_id].fix
        seen[owner] = (newest, store.read_fixes(vehicle_id, owner, "", "~", 10))
    assert seen == {
        None: (None, [fixes[None]]),
        first: (None, [fixes[first]]),
        second: (fixes[second], [fixes[second]]),
    }


def test_an_older_manifest_never_replaces_a_newer_one(store, vehicle_id):
    first, changed, next_run = (
        manifest_of(vehicle_id),
        msgspec.structs.replace(manifest_of(vehicle_id), version=2, shipment_ids=("124",)),
        manifest_of(vehicle_id, "m2", starts=60),
    )
    kept = []
    for manifest in (first, changed, first, next_run, changed):
        store.keep_manifest(manifest)
        kept.append(store.read_manifests([vehicle_id])[vehicle_id])
    assert kept == [first, changed, changed, next_run, next_run]


def test_a_manifest_with_another_id_is_not_dropped(store, vehicle_id):
    store.keep_manifest(manifest_of(vehicle_id, "m2"))
    store.drop_manifest(vehicle_id, "m1")
    kept = store.read_manifests([vehicle_id])
    store.drop_manifest(vehicle_id, "m2")
    store.drop_manifest(vehicle_id, "m2")
    assert (list(kept), store.read_manifests([vehicle_id])) == ([vehicle_id], {})
