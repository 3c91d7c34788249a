"""Replay of a quarantined record by staff: by role, with its entry, and only without a limited scope."""

import json

import pytest

from tests.staff import as_caller
from tests.workers.records import make_record
from tests.workers.world import World
from tracking.models import StaffAction
from tracking.services.requests.refusals import UnknownError
from tracking.services.requests.roles import Role, RoleRefusedError, Scope
from workers.line.process import quarantine_failed
from workers.replay import Outcome
from workers.staff_replay import replay_record

pytestmark = pytest.mark.django_db
OPERATOR, VIEWER = as_caller(Role.OPERATOR), as_caller(Role.VIEWER)


@pytest.fixture
def world() -> World:
    return World()


def quarantine(world: World) -> str:
    record = make_record(1, json.dumps({"shipment_id": "a", "status": "in_transit"}).encode())
    quarantine_failed(record, ZeroDivisionError("a bug of ours"), world.workers.quarantine)
    return f"2026-11-22/shardId-000000000000#{record.stream_position}"


def read_entries() -> list[tuple]:
    return list(StaffAction.objects.order_by("pk").values_list("verb", "subject", "after"))


def test_a_record_is_recorded_once_and_each_replay_has_an_entry(world):
    record_id = quarantine(world)
    outcomes = [replay_record(OPERATOR, record_id, world.tracking, world.workers) for _ in range(2)]
    assert outcomes == [Outcome.RECORDED, Outcome.MISSING]
    assert len(world.tracking.store.read_timeline("a")) == 1
    assert read_entries() == [
        ("replay_quarantined_record", f"record {record_id}"[:120], {"outcome": "recorded"}),
        ("replay_quarantined_record", f"record {record_id}"[:120], {"outcome": "missing"}),
    ]


@pytest.mark.parametrize(
    ("staff", "error"),
    [
        (VIEWER, RoleRefusedError),
        (as_caller(Role.SUPERVISOR, Scope(partners=frozenset([1]))), UnknownError),
    ],
)
def test_others_replay_no_record(world, staff, error):
    record_id = quarantine(world)
    with pytest.raises(error):
        replay_record(staff, record_id, world.tracking, world.workers)
    assert (world.tracking.store.read_timeline("a"), read_entries()) == ([], [])
    assert world.workers.quarantine.read(record_id) is not None


@pytest.mark.parametrize("record_id", ["", "x", "2026-11-22/nothing", "a" * 5000])
def test_a_record_that_is_not_there_is_missing(world, record_id):
    assert replay_record(OPERATOR, record_id, world.tracking, world.workers) is Outcome.MISSING
