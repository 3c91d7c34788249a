"""Arriving: when a van is near a stop, and that it is recorded once for each attempt."""

from datetime import timedelta

import pytest

from tests.events import at, make_event
from tracking.domain.arriving import is_near, may_arrive
from tracking.domain.changes import find_changes
from tracking.domain.events import Booking, Eta, Window
from tracking.domain.fold import Step, apply_event, fold
from tracking.domain.shipment import ShipmentState
from tracking.domain.tour import Tour


def window(minute: float) -> Eta:
    return Eta(from_=at(minute - 5), at=at(minute), to=at(minute + 20))


def near(minute: float):
    return make_event(minute, f"arriving-{minute}", source="system", actor="ride", clock_kind="arriving")


def add_up(*events) -> ShipmentState:
    return fold(ShipmentState(shipment_id="123"), events).state


@pytest.mark.parametrize(
    ("eta", "tour", "expected"),
    [
        (None, None, False),
        (None, Tour(stops_ahead=6), False),
        (None, Tour(stops_ahead=5), True),
        (None, Tour(stops_ahead=0, is_as_loaded=True), False),
        (window(25.1), None, False),
        (window(25), None, True),
        (window(3), None, True),
        (window(60), Tour(stops_ahead=5), True),
        (window(25), Tour(stops_ahead=9), True),
    ],
)
def test_a_van_is_near_with_five_counted_stops_or_fifteen_minutes_left(eta, tour, expected):
    assert is_near(eta, tour, at(10)) is expected


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([("in_transit", None)], False),
        ([("out_for_delivery", None)], True),
        ([("out_for_delivery", "next_stop")], True),
        ([("out_for_delivery", "arriving")], False),
        ([("out_for_delivery", "arrived")], False),
        ([("out_for_delivery", "arriving"), ("out_for_delivery", "next_stop")], False),
        ([("out_for_delivery", "arriving"), ("attempt_failed", None)], False),
        ([("out_for_delivery", "arriving"), ("attempt_failed", None), ("out_for_delivery", None)], True),
        ([("returning", None), ("out_for_delivery", None)], False),
    ],
)
def test_a_parcel_may_arrive_once_in_each_attempt_to_deliver_it(events, expected):
    scans = [
        make_event(minute, status=status, substatus=substatus)
        for minute, (status, substatus) in enumerate(events)
    ]
    assert may_arrive(add_up(*scans), at(9)) is expected


@pytest.mark.parametrize(("minute", "expected"), [(499, False), (500, True)])
def test_a_parcel_does_not_arrive_before_the_agreed_day(minute, expected):
    hours = Window(from_=at(500), to=at(560))
    agreed = make_event(1, source="manual", booking=Booking(promised=hours, deliver_from=hours.from_))
    state = add_up(make_event(0, status="out_for_delivery"), agreed)
    assert (
        may_arrive(state, at(minute)),
        add_up(make_event(0, status="out_for_delivery"), agreed, near(minute)).substatus,
    ) == (
        expected,
        "arriving" if expected else None,
    )


def test_a_van_that_is_near_moves_the_substatus_and_the_journey_and_makes_one_change_an_attempt():
    scans = [
        make_event(0, status="out_for_delivery"),
        near(10),
        make_event(11, status="out_for_delivery", substatus="next_stop"),
        near(12),
        make_event(20, status="attempt_failed"),
        near(21),
        make_event(30, status="out_for_delivery"),
        near(40),
    ]
    state, made = ShipmentState(shipment_id="123"), []
    for event in scans:
        before = state
        state, verdict = apply_event(before, event)
        assert verdict.applied
        made += [
            (change.occurred_at - at(0), change.reason_code, change.why, change.episode)
            for change in find_changes(Step(before, state, event, verdict, "clock"), at(50), 1)
            if change.type == "milestone_reached"
        ]
    why = ("vehicle_near", "at most 5 stops or 15 minutes away")
    assert made == [(timedelta(minutes=10), *why, 0), (timedelta(minutes=40), *why, 1)]
    assert [(step.status, step.substatus) for step in state.journey] == [
        ("out_for_delivery", None),
        ("out_for_delivery", "arriving"),
        ("out_for_delivery", "next_stop"),
        ("attempt_failed", None),
        ("out_for_delivery", None),
        ("out_for_delivery", "arriving"),
    ]
    assert (state.status, state.substatus, state.updated_at) == ("out_for_delivery", "arriving", at(30))


@pytest.mark.parametrize("status", ["in_transit", "attempt_failed", "delivered", "returning"])
def test_a_van_that_is_near_changes_no_parcel_that_is_not_out_for_delivery(status):
    scans = [make_event(0, status="out_for_delivery"), make_event(5, status=status)]
    before = add_up(*scans)
    after, verdict = apply_event(before, near(6))
    assert verdict.applied
    assert (after.status, after.substatus, after.journey) == (before.status, before.substatus, before.journey)
