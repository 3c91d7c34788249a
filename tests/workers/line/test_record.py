"""Recording: whatever the order and the repeats, one timeline, one state, each change once."""

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import given, settings

from tests.events import at, make_event
from tests.properties import examples
from tests.tracking.domain.timelines import timelines
from tracking.adapters.memory import MemoryShipmentStore
from tracking.domain.events import Booking, LatenessRisk, TrackingEvent, Window
from tracking.domain.fold import fold
from tracking.domain.shipment import ShipmentState, write_canonical
from tracking.domain.status import Status
from tracking.ports import Commit, Outcome
from workers.line.record import Recorded, record_events

NOW = at(5000)


def record(store: MemoryShipmentStore, *events: TrackingEvent) -> Recorded:
    ids = [event.shipment_id or "" for event in events]
    return record_events(store, store.read_states(ids), events, NOW)


def types_of(recorded: Recorded) -> list[str]:
    return [change.type for first in recorded.changes for change in (first, *first.also)]


def answer_of(store: MemoryShipmentStore) -> tuple[bytes, list[tuple[str, bool, str | None]]]:
    state = store.read_state("123")
    assert state is not None
    verdicts = [(row.sort_key, row.applied, row.reject_reason) for row in store.read_timeline("123")]
    return write_canonical(state), verdicts


@settings(max_examples=examples(120))
@given(timelines(), st.randoms(use_true_random=False), st.data())
def test_any_order_and_any_repeats_give_the_state_and_verdicts_of_the_fold(events, random, data):
    expected = fold(ShipmentState(shipment_id="123"), events)
    shuffled = events + data.draw(st.lists(st.sampled_from(events), max_size=5))
    random.shuffle(shuffled)
    store = MemoryShipmentStore()
    while shuffled:
        cut = data.draw(st.integers(1, len(shuffled)))
        record(store, *shuffled[:cut])
        shuffled = shuffled[cut:]
    verdicts = [(key, *expected.verdicts[key]) for key in sorted(expected.verdicts)]
    assert answer_of(store) == (write_canonical(expected.state), verdicts)


def test_the_same_record_again_changes_nothing_and_makes_no_change_once_published():
    store = MemoryShipmentStore()
    event = make_event(1, status="in_transit", lat=12.97, lon=77.59)
    first = record(store, event)
    store.clear_pending(first.changes)
    before = store.read_state("123")
    again = record(store, event)
    assert (types_of(first), again, store.read_state("123")) == (
        ["status_changed"],
        Recorded([], {}, [], 1),
        before,
    )


def test_a_crash_between_record_and_publish_is_made_good_on_replay():
    store = MemoryShipmentStore()
    event = make_event(1, status="delivered")
    lost_with_the_worker = record(store, event)
    assert record(store, event).changes == lost_with_the_worker.changes


def test_a_crash_between_the_row_and_the_state_is_made_good_on_replay():
    store = MemoryShipmentStore()
    record(store, make_event(5, status="in_transit"))
    late = make_event(2, status="picked_up")
    orphan = Commit(None, ShipmentState(shipment_id="123"), (late,), moved=False)
    assert store.commit([orphan]) == [Outcome(committed=True)]
    record(store, late)
    state = store.read_state("123")
    assert state is not None
    assert state.reached == {"picked_up": at(2), "in_transit": at(5)}


def test_a_ping_moves_the_position_and_notifies_nobody():
    store = MemoryShipmentStore()
    record(store, make_event(1, status="in_transit", lat=12.9, lon=77.5))
    pinged = record(store, make_event(2, lat=12.95, lon=77.55))
    state = pinged.states["123"]
    assert state.position is not None
    assert (pinged.changes, state.position.lat, state.position.lon, state.status) == (
        [],
        12.95,
        77.55,
        Status.IN_TRANSIT,
    )


def test_many_events_of_one_shipment_in_one_batch_are_one_version():
    store = MemoryShipmentStore()
    pings = [make_event(minute, lat=12.9, lon=77.5) for minute in range(50)]
    assert record(store, *pings).states["123"].state_version == 1
    assert len(store.read_timeline("123")) == 50


def test_a_batch_larger_than_a_transaction_goes_in_slices_and_keeps_everything():
    store = MemoryShipmentStore()
    words = ["on_hold", "in_transit"] * 75
    recorded = record(store, *(make_event(n, status=word) for n, word in enumerate(words)))
    assert (len(recorded.changes), len(store.read_timeline("123"))) == (150, 150)


def test_an_illegal_status_is_kept_refused_and_reported_to_ops():
    store = MemoryShipmentStore()
    record(store, make_event(1, status="delivered"))
    refused = record(store, make_event(2, status="in_transit"))
    row = store.read_timeline("123")[1]
    assert (row.applied, row.reject_reason, types_of(refused)) == (
        False,
        "illegal:delivered->in_transit",
        ["event_rejected"],
    )


def test_an_unknown_status_is_kept_refused_and_reported_once_however_often_it_comes():
    store = MemoryShipmentStore()
    first = record(store, make_event(1, reported_status="teleported"))
    second = record(store, make_event(2, reported_status="teleported"))
    rows = [(row.applied, row.reject_reason) for row in store.read_timeline("123")]
    assert (types_of(first), types_of(second), rows) == (
        ["event_rejected"],
        [],
        [(False, "unmapped_status")] * 2,
    )


def test_a_late_status_that_moves_nothing_now_joins_the_journey_silently_where_it_belongs():
    store = MemoryShipmentStore()
    record(store, make_event(10, status="out_for_delivery"))
    late = record(store, make_event(5, status="picked_up"))
    state = store.read_state("123")
    assert state is not None
    assert [step.status for step in state.journey] == [Status.PICKED_UP, Status.OUT_FOR_DELIVERY]
    assert (types_of(late), state.status) == ([], Status.OUT_FOR_DELIVERY)


def test_a_late_ping_joins_the_timeline_and_makes_no_new_version():
    store = MemoryShipmentStore()
    record(store, make_event(10, status="in_transit", lat=12.9, lon=77.5))
    late = record(store, make_event(5, lat=12.8, lon=77.4))
    state = store.read_state("123")
    assert state is not None
    assert (late.states, state.state_version, [row.late for row in store.read_timeline("123")]) == (
        {},
        1,
        [True, False],
    )


def test_a_likely_lateness_is_reported_once_and_once_when_it_is_over():
    store = MemoryShipmentStore()
    promised = Booking(promised=Window(from_=at(0), to=at(60)))
    record(store, make_event(0, status="created", source="api", booking=promised))

    def ping(minute: float, p_late: float) -> list[str]:
        lateness_risk = LatenessRisk(p_late=p_late, is_trusted=True)
        return types_of(record(store, make_event(minute, lat=12.9, lon=77.5, lateness_risk=lateness_risk)))

    def ping_often(first: int, p_late: float, times: int) -> list[list[str]]:
        return [ping(first + 5 * number, p_late) for number in range(times)]

    assert ping_often(1, 0.8, 4) == [[], [], ["delayed"], []]
    assert ping_often(31, 0.1, 5) == [[], [], [], ["delay_cleared"], []]


def test_a_writer_that_lost_against_another_folds_again_on_what_the_other_left():
    store = MemoryShipmentStore()
    record(store, make_event(1, status="created"))
    stale = store.read_states(["123"])
    record(store, make_event(2, status="picked_up"))
    record_events(store, stale, [make_event(3, status="in_transit")], NOW)
    state = store.read_state("123")
    assert state is not None
    assert (state.state_version, list(state.reached)) == (3, ["created", "picked_up", "in_transit"])


def test_a_change_says_before_after_and_why():
    store = MemoryShipmentStore()
    record(store, make_event(1, status="created"))
    (change,) = record(store, make_event(2, status="picked_up")).changes
    plain = msgspec.to_builtins(change)
    assert (plain["before"]["status"], plain["after"]["status"], plain["why"], plain["state_version"]) == (
        "created",
        "picked_up",
        "Picked up, reported by device",
        2,
    )


@pytest.mark.parametrize("status", list(Status))
def test_every_status_can_be_recorded_for_a_shipment_nobody_knows_except_returned(status):
    store = MemoryShipmentStore()
    record(store, make_event(1, status=status))
    assert store.read_timeline("123")[0].applied is (status is not Status.RETURNED)


def list_causes(recorded: Recorded) -> list[tuple[str, str, str, str]]:
    """Type, cause, before and after of each change."""
    changes = [change for first in recorded.changes for change in (first, *first.also)]
    return [(one.type, one.cause, str(one.before.status), str(one.after.status)) for one in changes]


def test_a_correction_makes_a_change_that_names_it_as_cause():
    store = MemoryShipmentStore()
    record(store, make_event(1, status="out_for_delivery"), make_event(5, "e5", status="delivered"))
    retracted = record(store, make_event(9, "c9", source="manual", retracts="e5"))
    assert list_causes(retracted) == [
        ("status_changed", "correction", "delivered", "out_for_delivery"),
        ("corrected", "correction", "delivered", "out_for_delivery"),
    ]
    rows = {row.event_id: (row.applied, row.reject_reason) for row in store.read_timeline("123")}
    assert (rows["e5"], rows["c9"]) == ((False, "retracted:c9"), (True, None))
    assert store.read_state("123").state_version == 2


def test_a_correction_that_moves_no_status_is_reported_as_a_correction_alone():
    store = MemoryShipmentStore()
    record(store, make_event(1, status="in_transit"), make_event(5, "e5", status="in_transit"))
    assert list_causes(record(store, make_event(9, source="manual", retracts="e5"))) == [
        ("corrected", "correction", "in_transit", "in_transit")
    ]


def test_a_late_event_that_moves_the_status_is_reported_with_its_cause():
    store = MemoryShipmentStore()
    record(store, make_event(9, status="in_transit"), make_event(9.5, "x", status="returned"))
    late = record(store, make_event(1, "l", status="cancelled"))
    assert list_causes(late) == [("status_changed", "late", "in_transit", "cancelled")]
    assert store.read_state("123").status is Status.CANCELLED


def test_a_milestone_is_reported_though_the_status_stays():
    store = MemoryShipmentStore()
    record(store, make_event(1, status="in_transit", substatus="departed_origin"))
    recorded = record(store, make_event(5, status="in_transit", substatus="arrived_hub"))
    assert list_causes(recorded) == [("milestone_reached", "event", "in_transit", "in_transit")]


def test_all_events_sent_again_make_no_change_and_no_version():
    store = MemoryShipmentStore()
    events = [
        make_event(1, "e1", status="created"),
        make_event(5, "e5", status="delivered"),
        make_event(3, "e3", status="in_transit"),
        make_event(6, "c6", source="manual", retracts="e5"),
        *(make_event(10 + n / 10, lat=12.9, lon=77.5) for n in range(30)),
        make_event(20, "e20", status="returned"),
    ]
    for event in events:
        store.clear_pending(record(store, event).changes)
    before = (store.read_state("123"), store.read_timeline("123"))
    again = [record(store, event) for event in events] + [record(store, *events)]
    assert [(one.changes, one.states) for one in again] == [([], {})] * (len(events) + 1)
    assert (store.read_state("123"), store.read_timeline("123")) == before


@pytest.mark.slow
def test_ten_thousand_events_of_one_millisecond_are_all_kept():
    store = MemoryShipmentStore()
    events = [make_event(1, f"e{number:05d}", lat=12.9, lon=77.5) for number in range(10_000)]
    record(store, *events)
    assert len(store.read_timeline("123")) == 10_000
