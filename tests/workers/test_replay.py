"""Replay from quarantine: a record that works now is recorded once; others stay with the reason."""

import json
from datetime import timedelta

import pytest

from tests.workers.records import NOON, make_record
from tests.workers.world import World
from tracking.adapters.memory import MemoryShipmentStore
from workers.line.process import quarantine_failed
from workers.ports import Refusal
from workers.replay import Outcome, replay


class BrokenStore(MemoryShipmentStore):
    """Store whose commits fail with a bug while `broken` is set."""

    broken = True

    def commit(self, commits):
        if self.broken:
            raise ZeroDivisionError("a bug of ours")
        return super().commit(commits)


@pytest.fixture
def world() -> World:
    return World(BrokenStore())


def quarantine_scans(world: World, *shipment_ids: str) -> str:
    scans = [{"shipment_id": one, "status": "in_transit"} for one in shipment_ids]
    record = make_record(1, json.dumps(scans[0] if len(scans) == 1 else scans).encode())
    quarantine_failed(record, ZeroDivisionError("a bug of ours"), world.workers.quarantine)
    return f"2026-11-22/shardId-000000000000#{record.stream_position}"


def kept(world: World, quarantine_id: str) -> Refusal | None:
    return world.workers.quarantine.read(quarantine_id)


def test_a_record_is_recorded_published_and_removed_once_our_code_is_fixed(world):
    quarantine_id = quarantine_scans(world, "a")
    world.tracking.store.broken = False
    assert replay(quarantine_id, world.tracking, world.workers) is Outcome.RECORDED
    (row,) = world.tracking.store.read_timeline("a")
    assert (row.status, row.pending, kept(world, quarantine_id)) == ("in_transit", None, None)
    assert [change.shipment_id for change in world.bus.published] == ["a"]


def test_a_replayed_record_is_no_repeat_though_the_checkpoint_is_past_it(world):
    quarantine_id = quarantine_scans(world, "a")
    world.tracking.store.broken = False
    later = json.dumps({"shipment_id": "a", "status": "out_for_delivery"}).encode()
    world.process([make_record(2, later)])
    assert replay(quarantine_id, world.tracking, world.workers) is Outcome.RECORDED
    assert len(world.tracking.store.read_timeline("a")) == 2
    state = world.tracking.store.read_state("a")
    assert (state.status, state.stream_position) == ("out_for_delivery", make_record(2).stream_position)


def test_a_record_that_was_recorded_meanwhile_is_not_recorded_twice(world):
    quarantine_id = quarantine_scans(world, "a")
    world.tracking.store.broken = False
    world.process([kept(world, quarantine_id).record])
    before = world.tracking.store.read_state("a")
    assert replay(quarantine_id, world.tracking, world.workers) is Outcome.RECORDED
    assert len(world.tracking.store.read_timeline("a")) == 1
    assert world.tracking.store.read_state("a") == before


def test_all_events_of_an_array_are_replayed(world):
    quarantine_id = quarantine_scans(world, "a", "b", "a")
    world.tracking.store.broken = False
    replay(quarantine_id, world.tracking, world.workers)
    assert [len(world.tracking.store.read_timeline(one)) for one in ("a", "b")] == [2, 1]


def test_a_record_our_code_still_fails_on_stays_and_the_attempt_is_counted(world):
    quarantine_id = quarantine_scans(world, "a")
    assert replay(quarantine_id, world.tracking, world.workers) is Outcome.FAILED
    (shown,) = world.workers.quarantine.read_day(make_record(1).arrived_at.date())
    assert (shown.attempts, shown.detail) == (2, "ZeroDivisionError: a bug of ours")


def test_a_record_that_cannot_be_read_stays_refused(world):
    record = make_record(1, b"not json")
    world.workers.quarantine.put([Refusal(record, "undecodable")])
    quarantine_id = f"2026-11-22/shardId-000000000000#{record.stream_position}"
    assert replay(quarantine_id, world.tracking, world.workers) is Outcome.REFUSED
    assert kept(world, quarantine_id).record == record


def test_a_record_of_the_future_is_recorded_once_its_time_has_come(world):
    sent_at = NOON + timedelta(seconds=331)
    early = make_record(1, json.dumps({"shipment_id": "a", "timestamp": sent_at.isoformat()}).encode())
    world.process([early])
    quarantine_id = f"2026-11-22/shardId-000000000000#{early.stream_position}"
    assert kept(world, quarantine_id).reason == "future"
    world.tracking.store.broken = False
    before, after = sent_at - timedelta(minutes=6), sent_at + timedelta(minutes=1)
    assert replay(quarantine_id, world.tracking, world.workers, before) is Outcome.REFUSED
    assert replay(quarantine_id, world.tracking, world.workers, after) is Outcome.RECORDED
    (row,) = world.tracking.store.read_timeline("a")
    assert (row.occurred_at, kept(world, quarantine_id)) == (sent_at, None)


def test_a_record_that_does_not_exist_is_missing(world):
    assert replay("2026-11-22/shardId-0#1", world.tracking, world.workers) is Outcome.MISSING
