"""Fold: one result for the same events, whatever the order; corrections, owners, vehicles."""

import hypothesis.strategies as st
import msgspec
import pytest
from hypothesis import given, settings

from tests.events import at, make_event
from tests.properties import examples
from tests.tracking.domain.journeys import LANE
from tests.tracking.domain.timelines import timelines
from tracking.domain.events import Booking, Window
from tracking.domain.fold import FoldResult, fold
from tracking.domain.shipment import Position, ShipmentState, write_canonical
from tracking.domain.snapshots import make_snapshot
from tracking.domain.status import Direction, Status

NOTHING = ShipmentState(shipment_id="123")


def add_up(*events) -> FoldResult:
    return fold(NOTHING, events)


def refused(folded: FoldResult) -> dict[str, str | None]:
    """Return the reason of each event that did not count, by event id."""
    return {
        key.partition("#")[2]: verdict.reject_reason
        for key, verdict in folded.verdicts.items()
        if not verdict.applied
    }


@settings(max_examples=examples(120))
@given(timelines(max_size=14), st.randoms(use_true_random=False), st.data())
def test_any_permutation_with_any_repeats_gives_the_same_bytes_hash_and_verdicts(events, random, data):
    expected = fold(NOTHING, events)
    shuffled = events + data.draw(st.lists(st.sampled_from(events), max_size=8))
    random.shuffle(shuffled)
    folded = fold(NOTHING, shuffled)
    assert (write_canonical(folded.state), folded.state, folded.verdicts) == (
        write_canonical(expected.state),
        expected.state,
        expected.verdicts,
    )


@settings(max_examples=examples(120))
@given(timelines(max_size=14), st.integers(0, 41))
def test_a_settled_part_and_the_rest_are_the_whole(events, minute):
    whole = fold(NOTHING, events)
    base = make_snapshot(NOTHING, events, until=at(minute))
    start = base.state if base else NOTHING
    rest = [event for event in events if event.order > start.last_order]
    folded = fold(start, rest)
    assert (write_canonical(folded.state), folded.verdicts) == (
        write_canonical(whole.state),
        {event.sort_key: whole.verdicts[event.sort_key] for event in rest},
    )


@settings(max_examples=examples(120))
@given(timelines(max_size=14))
def test_an_event_that_was_taken_back_might_as_well_never_have_been(events):
    target = events[0]
    correction = make_event(50, "fix", source="manual", retracts=target.event_id)
    with_both = fold(NOTHING, [*events, correction]).state
    same_name = [event for event in events if event.event_id != target.event_id]
    # What the withdrawn event itself corrected stays corrected: a correction is final.
    if any(event.corrects or event.booking for event in events):
        return
    without = fold(NOTHING, [*same_name, correction]).state
    assert write_canonical(with_both) == write_canonical(without)


def test_a_retracted_event_does_not_count_and_a_superseded_one_gives_way():
    events = [
        make_event(0, "e0", status="out_for_delivery"),
        make_event(1, "e1", status="delivered"),
        make_event(2, "c2", source="manual", retracts="e1"),
        make_event(3, "e3", status="delivered"),
        make_event(3, "c4", source="api", supersedes="e3", status="attempt_failed", substatus="not_home"),
    ]
    folded = add_up(*events)
    assert refused(folded) == {"e1": "retracted:c2", "e3": "superseded:c4"}
    assert (folded.state.status, folded.state.substatus, folded.state.attempts) == (
        Status.ATTEMPT_FAILED,
        "not_home",
        1,
    )
    assert [(step.status.value, step.corrected) for step in folded.state.journey] == [
        ("out_for_delivery", False),
        ("attempt_failed", True),
    ]


def test_a_correction_that_comes_before_its_event_waits_for_it():
    correction = make_event(1, "c1", source="manual", retracts="e5")
    waiting = add_up(correction).state
    assert waiting.withdrawn == {"e5": "retracted:c1"}
    met = add_up(correction, make_event(5, "e5", status="delivered"))
    assert (met.state.withdrawn, met.state.status, refused(met)) == (
        {"e5": "retracted:c1"},
        Status.UNKNOWN,
        {"e5": "retracted:c1"},
    )


def test_a_correction_is_final_even_if_it_is_taken_back_itself():
    folded = add_up(
        make_event(1, "e1", status="delivered"),
        make_event(2, "c2", source="manual", retracts="e1"),
        make_event(3, "c3", source="manual", retracts="c2"),
    )
    assert (folded.state.status, refused(folded)) == (
        Status.UNKNOWN,
        {"e1": "retracted:c2", "c2": "retracted:c3"},
    )


@pytest.mark.parametrize("source", ["device", "manifest", "system"])
def test_only_operators_and_partners_correct(source):
    folded = add_up(
        make_event(1, "e1", status="delivered"), make_event(2, "c2", source=source, retracts="e1")
    )
    assert (folded.state.status, refused(folded)) == (Status.DELIVERED, {"c2": "may_not_correct"})


def test_an_event_cannot_correct_itself():
    folded = add_up(make_event(1, "e1", status="delivered", source="manual", retracts="e1"))
    assert (folded.state.status, refused(folded)) == (Status.DELIVERED, {})


def booking_of(partner_id: str, minute: float):
    return make_event(
        minute, f"b_{partner_id}", status="created", source="api", partner_id=partner_id, booking=Booking()
    )


def test_a_shipment_belongs_to_whose_booking_comes_first_in_time():
    folded = add_up(
        make_event(1, "early", status="in_transit", partner_id="p2", lat=12.9, lon=77.5),
        booking_of("p1", 2),
        booking_of("p2", 3),
        make_event(4, "theirs", status="delivered", partner_id="p2"),
        make_event(5, "ours", status="picked_up", partner_id="p1"),
        make_event(6, "device", status="in_transit"),
        make_event(7, "fix", source="api", partner_id="p2", retracts="ours"),
    )
    assert refused(folded) == {
        "early": "foreign_vehicle",
        "b_p2": "foreign_booking",
        "theirs": "foreign_vehicle",
        "fix": "foreign_vehicle",
    }
    assert (folded.state.partner_id, folded.state.status, folded.state.position) == (
        "p1",
        Status.IN_TRANSIT,
        None,
    )


def test_without_a_booking_everybody_may_report():
    folded = add_up(
        make_event(1, status="picked_up", partner_id="p1"),
        make_event(2, status="in_transit", partner_id="p2"),
    )
    assert (folded.state.status, refused(folded)) == (Status.IN_TRANSIT, {})


@pytest.mark.parametrize(
    ("fields", "counts"),
    [
        ({}, True),
        ({"accuracy_m": 500.0}, True),
        ({"accuracy_m": 501.0}, False),
        ({"fix_flags": ("jump",)}, False),
        ({"fix_flags": ("frozen", "swapped")}, False),
        ({"fix_flags": ("null_island",)}, False),
        ({"fix_flags": ("rebased", "skew_530")}, True),
    ],
)
def test_a_position_counts_when_it_is_exact_and_cleaning_let_it_pass(fields, counts):
    state = add_up(make_event(1, status="in_transit", lat=12.9, lon=77.5, **fields)).state
    assert (state.position is not None, state.status) == (counts, Status.IN_TRANSIT)


def test_a_manifest_says_which_vehicle_carries_the_parcel_and_that_it_has_left():
    joined = make_event(1, "j", source="manifest", vehicle_id="v1", device_seq=1)
    scanned = make_event(2, "s", vehicle_id="v1", status="out_for_delivery")
    left = make_event(3, "l", source="manifest")
    steps = [add_up(joined), add_up(joined, scanned), add_up(joined, scanned, left)]
    assert [(one.state.vehicle_id, one.state.manifest_vehicle_id) for one in steps] == [
        ("v1", "v1"),
        ("v1", "v1"),
        (None, None),
    ]
    elsewhere = add_up(joined, make_event(2, vehicle_id="v2")).state
    assert (elsewhere.vehicle_id, elsewhere.manifest_vehicle_id) == ("v2", None)


def test_the_way_back_is_a_leg_of_its_own():
    statuses = [
        "in_transit",
        "attempt_failed",
        "returning",
        "in_transit",
        "delivered",
        "returned",
        "returning",
    ]
    folded = add_up(*(make_event(minute, f"e{minute}", status=word) for minute, word in enumerate(statuses)))
    assert (folded.state.status, folded.state.direction, refused(folded)) == (
        Status.RETURNED,
        Direction.RETURN,
        {"e6": "illegal:returned->returning"},
    )
    # Delivered on the way back: the shipper has it, and the next scan says the same.
    assert folded.state.status_at == make_event(4, "e4").occurred_at
    assert [step.substatus for step in folded.state.journey if step.status is Status.RETURNING] == [
        None,
        "rto_in_transit",
    ]


def test_late_is_about_when_we_heard_so_it_is_not_in_the_hash():
    event = make_event(1, status="in_transit")
    late = msgspec.structs.replace(event, late=True)
    assert write_canonical(add_up(event).state) == write_canonical(add_up(late).state)


def test_a_repeated_status_keeps_its_substatus_and_another_status_removes_it():
    scans = [
        make_event(1, status="in_transit", substatus="arrived_hub"),
        make_event(2, status="in_transit"),
        make_event(3, status="out_for_delivery"),
    ]
    states = [add_up(*scans[:count]).state for count in (1, 2, 3)]
    assert [(state.substatus, state.status_at) for state in states] == [
        ("arrived_hub", at(1)),
        ("arrived_hub", at(1)),
        (None, at(3)),
    ]


def test_an_attempt_is_counted_at_its_first_failure_and_a_status_is_reached_once():
    words = ["attempt_failed", "attempt_failed", "out_for_delivery", "attempt_failed"]
    state = add_up(*(make_event(minute, status=word) for minute, word in enumerate(words))).state
    assert (state.attempts, state.reached) == (2, {"attempt_failed": at(0), "out_for_delivery": at(2)})


def test_a_later_booking_changes_the_fields_it_has_and_leaves_the_others():
    promised = Window(from_=at(0), to=at(60))
    first = Booking(promised=promised, lane=LANE, destination_pin="560034", planned_minutes=90)
    second = Booking(promised=Window(from_=at(0), to=at(90)))
    events = [
        make_event(1, partner_id="p1", livemode=False, booking=first),
        make_event(2, partner_id="p1", livemode=True, booking=second),
    ]
    state = add_up(*events).state
    assert (state.promised, state.lane, state.destination_pin, state.planned_minutes, state.livemode) == (
        second.promised,
        LANE,
        "560034",
        90,
        False,
    )


def test_a_retracted_booking_leaves_the_owner_of_the_shipment():
    events = [
        make_event(1, "b", status="created", partner_id="p1", livemode=False, booking=Booking()),
        make_event(2, "c", source="manual", retracts="b"),
    ]
    state = add_up(*events).state
    assert (state.partner_id, state.livemode, state.status) == ("p1", False, Status.UNKNOWN)


def test_a_position_has_six_decimals():
    event = make_event(1, lat=12.97159949, lon=77.59456651)
    assert add_up(event).state.position == Position(
        lat=12.971599, lon=77.594567, occurred_at=at(1), order=event.order
    )


def test_a_delivered_parcel_is_on_no_vehicle():
    joined = make_event(1, "j", source="manifest", vehicle_id="v1")
    ended = add_up(joined, make_event(2, status="delivered", vehicle_id="v1")).state
    assert (ended.vehicle_id, ended.manifest_vehicle_id) == (None, None)
