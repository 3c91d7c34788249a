"""Snapshots: an answer does not change when its oldest rows expire."""

from datetime import timedelta

import pytest

from tests.events import at, make_event
from tests.tracking.stories import record_timeline
from tracking.adapters.memory import MemoryShipmentStore
from tracking.domain.shipment import write_canonical
from tracking.domain.status import Status
from tracking.models import Shipment
from tracking.ports import ports
from tracking.services.reading.history import explain_shipment, read_as_of
from tracking.services.recording.snapshots import snapshot_shipments
from tracking.services.requests.refusals import TooOldError
from workers.line.record import record_events

DAY = 24 * 60


@pytest.fixture
def booked(db) -> Shipment:
    return Shipment.objects.create(shipment_id="123", created_at=at(0), status="in_transit")


def forget(store: MemoryShipmentStore, *event_ids: str) -> None:
    """Delete rows that have expired, as DynamoDB does."""
    rows = store._events["123"]
    for sort_key in [key for key, row in rows.items() if row.event_id in event_ids]:
        del rows[sort_key]


def record(store, day, *events):
    record_events(store, store.read_states(["123"]), events, at(day * DAY))


def travel(store: MemoryShipmentStore) -> None:
    record(store, 0, make_event(0, "e0", status="created"))
    record(store, 1, make_event(DAY, "e1", status="picked_up"))
    record(store, 2, make_event(2 * DAY, "e2", status="attempt_failed"))
    record(store, 15, make_event(15 * DAY, "e15", status="in_transit"))


def test_a_late_event_after_the_oldest_rows_expired_leaves_the_rest_unchanged(world, booked):
    travel(world.store)
    whole = world.store.read_state("123")
    assert snapshot_shipments(ports().store, at(20 * DAY)) == 1
    forget(world.store, "e0", "e1", "e2")
    record(world.store, 21, make_event(14 * DAY, "e14", status="on_hold"))
    state = world.store.read_state("123")
    assert (whole.reached, state.reached) == (
        {"created": at(0), "picked_up": at(DAY), "in_transit": at(15 * DAY)},
        whole.reached | {"on_hold": at(14 * DAY)},
    )
    assert [step.status for step in state.journey] == ["created", "picked_up", "on_hold", "in_transit"]


def test_an_event_from_before_the_snapshot_is_too_late(world, booked):
    travel(world.store)
    snapshot_shipments(ports().store, at(20 * DAY))
    before = write_canonical(world.store.read_state("123"))
    record(world.store, 21, make_event(1.5 * DAY, "late", status="lost"))
    record(world.store, 21, make_event(1.2 * DAY, "ping", lat=12.9, lon=77.5))
    rows = {row.event_id: (row.applied, row.reject_reason) for row in world.store.read_timeline("123")}
    assert (rows["late"], rows["ping"]) == ((False, "too_late"), (False, "too_late"))
    assert write_canonical(world.store.read_state("123")) == before
    verdicts = {one.event.event_id: (one.verdict, one.rule) for one in explain_shipment(ports().store, "123")}
    assert (verdicts["late"], verdicts["e1"], verdicts["e15"]) == (
        ("rejected", "settled"),
        ("applied", "settled"),
        ("applied", "may_follow"),
    )


def test_a_correction_still_holds_when_it_and_its_event_are_in_the_snapshot(world, booked):
    travel(world.store)
    record(world.store, 3, make_event(3 * DAY, "wrong", status="delivered"))
    record(world.store, 16, make_event(16 * DAY, "c1", source="manual", retracts="wrong"))
    snapshot_shipments(ports().store, at(20 * DAY))
    forget(world.store, "e0", "e1", "e2", "wrong")
    record(world.store, 21, make_event(15.5 * DAY, "e155", status="out_for_delivery"))
    assert world.store.read_state("123").status is Status.OUT_FOR_DELIVERY


def test_a_snapshot_is_taken_when_it_is_due_and_not_again_within_days(world, booked):
    travel(world.store)
    assert [snapshot_shipments(ports().store, at(day * DAY)) for day in (19, 20, 20, 24, 27)] == [
        0,
        1,
        0,
        0,
        1,
    ]


@pytest.mark.parametrize(("day", "taken"), [(32, 1), (32.01, 0)])
def test_a_shipment_that_ended_more_than_thirty_days_ago_gets_no_snapshot(world, db, day, taken):
    Shipment.objects.create(shipment_id="123", created_at=at(0), status="delivered", status_at=at(2 * DAY))
    travel(world.store)
    assert snapshot_shipments(ports().store, at(day * DAY)) == taken


def test_past_states_before_a_snapshot_are_read_while_their_rows_exist(world, booked):
    travel(world.store)
    rows = world.store.read_timeline("123")
    snapshot_shipments(ports().store, at(20 * DAY))
    known = read_as_of(ports().store, "123", at(16 * DAY), at(20 * DAY))
    early = read_as_of(ports().store, "123", at(1.5 * DAY), at(20 * DAY))
    assert (known and known.status, early and early.status) == ("in_transit", "picked_up")
    forget(world.store, "e0")
    with pytest.raises(TooOldError):
        read_as_of(ports().store, "123", at(1.5 * DAY), at(0) + timedelta(seconds=rows[0].expires_at))
    past = read_as_of(ports().store, "123", at(16 * DAY), at(40 * DAY))
    assert write_canonical(past) == write_canonical(known)


def test_a_snapshot_changes_the_version_and_not_the_answer(world, booked):
    travel(world.store)
    before = world.store.read_state("123")
    snapshot_shipments(ports().store, at(20 * DAY))
    after = world.store.read_state("123")
    assert write_canonical(after) == write_canonical(before)
    assert after.state_version == before.state_version + 1
    _, state = record_timeline(world.store, make_event(20 * DAY, "e20", status="delivered"))
    assert (state.status, state.snapshot) == (Status.DELIVERED, after.snapshot)
