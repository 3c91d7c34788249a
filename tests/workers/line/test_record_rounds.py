"""Recording round by round: slices, lost races, records passed, and which row tells of a new fold."""

import msgspec
import pytest

from tests.events import at, make_event
from tracking.adapters.memory import MemoryShipmentStore
from tracking.domain.commits import make_addition
from tracking.domain.errors import TransientError
from tracking.domain.events import Booking
from tracking.domain.shipment import ShipmentState
from tracking.domain.snapshots import make_snapshot
from tracking.domain.status import Status
from tracking.ports import Commit, Outcome
from workers.line.record import Recorded, plan_commits_of, record_events

NOW = at(5000)


class WatchedStore(MemoryShipmentStore):
    """Store that keeps its commits and loses a given number of rounds."""

    def __init__(self, lost_rounds: int = 0) -> None:
        super().__init__()
        self.rounds: list[list[Commit]] = []
        self.lost_rounds = lost_rounds

    def commit(self, commits):
        self.rounds.append(list(commits))
        if self.lost_rounds:
            self.lost_rounds -= 1
            return [Outcome(committed=False, current=self.read_state(one.shipment_id)) for one in commits]
        return super().commit(commits)


def record(store, *events, now=NOW) -> Recorded:
    ids = [event.shipment_id or "" for event in events]
    return record_events(store, store.read_states(ids), events, now)


def plan_one(store, state, fresh) -> Commit:
    return plan_commits_of(store, [make_addition(state, fresh, NOW)], NOW)[0]


def test_a_long_batch_goes_in_slices_of_sixty_each_a_version_of_its_own():
    store = WatchedStore()
    recorded = record(store, *(make_event(minute, lat=12.9, lon=77.5) for minute in range(150)))
    assert [[len(one.events) for one in commits] for commits in store.rounds] == [[60], [60], [30]]
    assert (recorded.states["123"].state_version, len(recorded.events), recorded.repeats) == (3, 150, 0)


def test_as_many_slices_as_it_takes_are_no_conflict():
    store = WatchedStore(lost_rounds=1)
    record(store, *(make_event(minute, lat=12.9, lon=77.5) for minute in range(600)))
    assert len(store.rounds) == 11


def test_a_record_counts_as_passed_once_all_its_events_are_kept():
    store = WatchedStore()
    places = ["07"] * 59 + ["08"] * 2 + ["09"]
    events = [
        make_event(minute, lat=12.9, lon=77.5, stream_source="1/s", stream_position=place)
        for minute, place in enumerate(places)
    ]
    record(store, *events)
    assert [commit.after.stream_position for (commit,) in store.rounds] == ["07", "09"]
    alone = WatchedStore()
    record(alone, *events[:60])
    assert [commit.after.stream_position for (commit,) in alone.rounds] == ["08"]


@pytest.mark.parametrize(("lost", "kept"), [(5, True), (6, False)])
def test_a_writer_tries_again_after_five_lost_rounds_and_gives_up_after_six(lost, kept):
    store = WatchedStore(lost_rounds=lost)
    if kept:
        record(store, make_event(1, status="created"))
        assert (len(store.rounds), store.read_state("123").status) == (6, Status.CREATED)
        return
    with pytest.raises(TransientError, match=r"^1 shipments still lost to other writers after 6 rounds$"):
        record(store, make_event(1, status="created"))
    assert (len(store.rounds), store.read_state("123")) == (6, None)


def test_shipments_of_one_batch_are_kept_together_and_one_that_loses_delays_no_other():
    store = MemoryShipmentStore()
    record(store, make_event(1, status="created"))
    stale = store.read_states(["123"])
    record(store, make_event(2, status="picked_up"))
    fresh = [make_event(3, status="in_transit"), make_event(3, shipment_id="other", status="created")]
    recorded = record_events(store, stale, fresh, NOW)
    assert {name: state.status for name, state in recorded.states.items()} == {
        "123": Status.IN_TRANSIT,
        "other": Status.CREATED,
    }
    assert sorted((change.shipment_id, change.type) for change in recorded.changes) == [
        ("123", "status_changed"),
        ("other", "created"),
    ]
    assert sorted(event.shipment_id for event in recorded.events) == ["123", "other"]


def test_a_state_that_is_gone_by_the_time_of_the_commit_is_begun_anew():
    store = MemoryShipmentStore()
    known = {"123": ShipmentState(shipment_id="123", state_version=3, status=Status.IN_TRANSIT)}
    recorded = record_events(store, known, [make_event(1, status="delivered")], NOW)
    assert (recorded.states["123"].state_version, recorded.changes[0].before.status) == (1, Status.UNKNOWN)


def test_repeats_are_counted_in_a_batch_and_against_what_is_known():
    store = MemoryShipmentStore()
    event, other = make_event(1, status="created"), make_event(2, status="picked_up")
    record(store, event)
    assert record(store, event, other, other, event).repeats == 3


def test_each_row_says_when_it_was_recorded_whether_it_came_late_and_its_verdict():
    store = MemoryShipmentStore()
    record(store, make_event(5, "e5", status="delivered"))
    record(store, make_event(2, "e2", lat=12.9, lon=77.5), make_event(9, "e9", status="in_transit"))
    rows = [
        (row.event_id, row.recorded_at, row.late, row.applied, row.reject_reason)
        for row in store.read_timeline("123")
    ]
    assert rows == [
        ("e2", NOW, True, True, None),
        ("e5", NOW, False, True, None),
        ("e9", NOW, False, False, "illegal:delivered->in_transit"),
    ]


def test_a_late_ping_and_a_newer_event_of_one_batch_are_one_step():
    store = MemoryShipmentStore()
    # No position yet, so that the late ping's would be the newest: it joins without one.
    record(store, make_event(5, status="in_transit"))
    step = plan_one(
        store,
        store.read_state("123"),
        [make_event(9, "e9", status="delivered"), make_event(2, "e2", note="x")],
    )
    assert [(event.event_id, event.late) for event in step.events] == [("e2", True), ("e9", False)]
    assert (step.moved, step.after.state_version, step.rewrites) == (True, 2, ())


def test_newer_events_are_applied_in_the_order_of_time_whatever_their_order():
    store = MemoryShipmentStore()
    recorded = record(store, make_event(2, status="in_transit"), make_event(1, status="picked_up"))
    state = recorded.states["123"]
    assert (list(state.reached), state.state_version) == (["picked_up", "in_transit"], 1)
    assert [(change.before.status, change.after.status) for change in recorded.changes] == [
        ("unknown", "picked_up"),
        ("picked_up", "in_transit"),
    ]
    assert {change.state_version for change in recorded.changes} == {1}


def test_a_new_fold_keeps_what_the_state_knows_of_its_records_and_its_track():
    store = MemoryShipmentStore()
    record(
        store,
        make_event(
            5, status="in_transit", stream_source="1/s", stream_position="7", fix_memory="m5", expires_at=90
        ),
    )
    before = store.read_state("123")
    after = record(store, make_event(2, status="picked_up", expires_at=80)).states["123"]
    assert (after.fix_memory, after.expires_at, after.stream_source, after.stream_position) == (
        "m5",
        90,
        "1/s",
        "7",
    )
    assert after.recent_ids[0] == before.recent_ids[0]
    assert (len(after.recent_ids), after.state_version) == (2, 2)


def test_a_verdict_that_a_new_fold_changes_is_written_again_and_no_other_row_is():
    store = WatchedStore()
    record(store, make_event(5, "e5", status="delivered"), make_event(6, "e6", status="in_transit"))
    record(store, make_event(7, "c7", source="manual", retracts="e5"))
    ((commit,),) = store.rounds[1:]
    assert [(row.event_id, row.applied, row.reject_reason) for row in commit.rewrites] == [
        ("e5", False, "retracted:c7"),
        ("e6", True, None),
    ]
    assert [row.event_id for row in commit.events] == ["c7"]


def listed_changes(recorded: Recorded) -> list[tuple[str, str, str]]:
    changes = [change for first in recorded.changes for change in (first, *first.also)]
    return [(change.event_id, change.type, change.cause) for change in changes]


def test_of_late_events_the_newest_that_counts_records_what_they_changed_together():
    store = MemoryShipmentStore()
    record(store, make_event(9, "e9", status="in_transit"), make_event(9.5, "x", status="returned"))
    late = record(
        store,
        make_event(1, "e1", status="picked_up"),
        make_event(2, "e2", status="cancelled"),
        make_event(3, "e3", reported_status="teleported"),
    )
    assert listed_changes(late) == [
        ("e2", "status_changed", "late"),
        ("e3", "event_rejected", "late"),
    ]


def test_a_correction_makes_the_change_rather_than_a_later_event():
    store = MemoryShipmentStore()
    record(store, make_event(1, "e1", status="in_transit"), make_event(5, "e5", status="delivered"))
    both = record(
        store,
        make_event(6, "c6", source="manual", retracts="e5"),
        make_event(8, "e8", status="out_for_delivery"),
    )
    assert listed_changes(both) == [("c6", "status_changed", "correction"), ("c6", "corrected", "correction")]


def test_the_cause_of_a_change_is_an_event_a_late_event_a_correction_or_the_clock():
    store = MemoryShipmentStore()
    causes = [
        record(store, event).changes[0].cause
        for event in (
            make_event(5, "e5", status="in_transit"),
            make_event(2, "e2", status="cancelled"),
            make_event(9, "c9", source="manual", retracts="e2"),
            make_event(400, "stalled-no_scan-1", source="system", clock_kind="no_scan"),
        )
    ]
    assert causes == ["event", "late", "correction", "clock"]


def test_an_event_of_the_settled_part_is_refused_and_moves_nothing():
    store = MemoryShipmentStore()
    record(store, make_event(1, status="created"), make_event(9, status="in_transit"))
    state = store.read_state("123")
    base = make_snapshot(state, store.read_timeline("123"), until=at(5))
    kept = msgspec.structs.replace(state, snapshot=base)
    step = plan_one(store, kept, [make_event(0.5, "old", status="lost")])
    rows = [(row.event_id, row.applied, row.reject_reason) for row in step.events]
    assert (rows, step.rewrites, step.after.status) == ([("old", False, "too_late")], (), Status.IN_TRANSIT)


def test_a_fold_that_finds_nothing_new_leaves_the_state_as_it_is():
    store = MemoryShipmentStore()
    record(store, make_event(1, "e1", status="created"), make_event(9, "e9", status="in_transit"))
    state = store.read_state("123")
    again = plan_one(store, state, [make_event(1, "e1", status="created")])
    assert (again.moved, again.after, again.rewrites) == (False, state, ())


def test_a_booking_that_makes_an_earlier_report_foreign_is_folded_in_whole():
    store = MemoryShipmentStore()
    record(store, make_event(1, "e1", status="in_transit", partner_id="p2"))
    booked = make_event(
        2, "b", status="created", source="api", partner_id="p1", booking=Booking(destination_pin="560034")
    )
    state = record(store, booked).states["123"]
    rows = {row.event_id: (row.applied, row.reject_reason) for row in store.read_timeline("123")}
    assert (state.partner_id, state.status, rows) == (
        "p1",
        Status.CREATED,
        {"e1": (False, "foreign_vehicle"), "b": (True, None)},
    )


def test_a_row_that_makes_a_change_is_written_once_though_a_crash_left_it_with_another_verdict():
    store = MemoryShipmentStore()
    record(store, make_event(9, "c9", source="manual", retracts="e5"))
    orphan = make_event(5, "e5", status="delivered")
    store.commit([Commit(None, ShipmentState(shipment_id="123"), (orphan,), moved=False)])
    step = plan_one(store, store.read_state("123"), [orphan])
    rows = [(row.event_id, row.reject_reason, row.change.type) for row in step.events]
    assert (rows, step.rewrites) == ([("e5", "retracted:c9", "event_rejected")], ())
