"""Late events: which of them need the whole timeline, and which only join it."""

import msgspec
import pytest

from tests.events import at, make_event
from tracking.domain.events import Booking, Eta, LatenessRisk
from tracking.domain.fold import (
    APPLIED,
    TOO_LATE,
    fold,
    is_past,
    judge_late_ping,
    may_change_past,
    needs_whole_timeline,
)
from tracking.domain.shipment import ShipmentState
from tracking.domain.snapshots import make_snapshot

NOTHING = ShipmentState(shipment_id="123")


def add_up(*events):
    return fold(NOTHING, events)


def booking_of(partner_id: str, minute: float):
    return make_event(
        minute, f"b_{partner_id}", status="created", source="api", partner_id=partner_id, booking=Booking()
    )


@pytest.mark.parametrize(
    ("events", "needed"),
    [
        ([booking_of("p1", 2)], False),
        ([make_event(1, status="in_transit"), booking_of("p1", 2)], False),
        ([make_event(1, status="in_transit", partner_id="p1"), booking_of("p1", 2)], False),
        ([make_event(1, status="in_transit", partner_id="p2"), booking_of("p1", 2)], True),
        ([make_event(1, partner_id="p1"), make_event(2, partner_id="p2")], False),
    ],
)
def test_a_first_batch_is_folded_whole_only_if_its_booking_has_to_refuse_another_partner(events, needed):
    assert needs_whole_timeline(NOTHING, events) is needed


def test_a_booking_takes_over_what_was_reported_before_it():
    scanned = add_up(make_event(1, status="in_transit")).state
    booked = add_up(booking_of("p1", 1)).state
    asked = [
        needs_whole_timeline(scanned, [booking_of("p1", 2)]),
        needs_whole_timeline(scanned, [make_event(2, partner_id="p1")]),
        needs_whole_timeline(scanned, [make_event(2, booking=Booking())]),
        needs_whole_timeline(booked, [booking_of("p1", 2)]),
    ]
    assert asked == [True, False, False, False]


KNOWN = (
    make_event(0, status="created", partner_id="p1", booking=Booking()),
    make_event(3, lat=12.9, lon=77.5, vehicle_id="v1"),
    make_event(10, status="in_transit"),
    make_event(20, "delay-late_certain-1", source="system", clock_kind="delay"),
)


@pytest.mark.parametrize(
    ("minute", "fields", "changes"),
    [
        (2, {"lat": 12.9, "lon": 77.5}, False),
        (5, {"lat": 12.9, "lon": 77.5}, True),
        (5, {"lat": 12.9, "lon": 77.5, "accuracy_m": 501.0}, False),
        (5, {"lat": 12.9, "lon": 77.5, "fix_flags": ("jump",)}, False),
        (5, {"lat": 12.9}, False),
        (5, {"note": "x"}, False),
        (5, {"vehicle_id": "v1"}, False),
        (5, {"vehicle_id": "v2"}, True),
        (5, {"reported_status": "delayed"}, True),
        (5, {"status": "picked_up"}, True),
        (5, {"booking": Booking()}, True),
        (5, {"eta": Eta(from_=at(1), at=at(2), to=at(3))}, True),
        (5, {"lateness_risk": LatenessRisk(p_late=0.1)}, True),
        (5, {"source": "manifest", "vehicle_id": "v1"}, True),
        (5, {"source": "system", "clock_kind": "arriving"}, True),
        (5, {"partner_id": "p1"}, False),
        (5, {"partner_id": "p2"}, True),
        (10, {"note": "x"}, False),
        (15, {"note": "x"}, True),
    ],
)
def test_a_late_event_changes_the_past_by_its_content_and_a_late_ping_by_a_newer_position_alone(
    minute, fields, changes
):
    state = add_up(*KNOWN).state
    event = make_event(minute, "a", **fields)
    answers = (is_past(state, event), may_change_past(state, event), needs_whole_timeline(state, [event]))
    assert answers == (True, changes, changes)


def test_where_the_clock_alone_has_spoken_any_late_ping_may_change_past():
    state = add_up(make_event(20, "eta-1", source="system", clock_kind="eta")).state
    assert may_change_past(state, make_event(5, note="x"))


@pytest.mark.parametrize(
    ("event", "needed"),
    [
        (make_event(30, "gone", status="delivered"), True),
        (make_event(30, "c2", source="manual", retracts="other"), True),
        (make_event(30, status="delivered"), False),
    ],
)
def test_corrections_and_what_they_name_need_the_whole_timeline(event, needed):
    state = add_up(make_event(1, "c1", source="manual", retracts="gone"), booking_of("p1", 2)).state
    assert needs_whole_timeline(state, [event]) is needed


def test_an_event_from_before_what_is_settled_comes_too_late():
    events = [make_event(1, status="in_transit"), make_event(9, status="delivered")]
    base = make_snapshot(NOTHING, events, until=at(5))
    late = [make_event(0, lat=12.9, lon=77.5), events[0], make_event(2, lat=12.9, lon=77.5)]
    state = msgspec.structs.replace(NOTHING, snapshot=base)
    assert [judge_late_ping(state, event) for event in late] == [TOO_LATE, TOO_LATE, APPLIED]
    assert judge_late_ping(NOTHING, late[0]) == APPLIED
    assert fold(base.state, late[:2]).verdicts == {event.sort_key: TOO_LATE for event in late[:2]}
