"""Expected arrival: its source, when an event sets it, and when it no longer counts."""

import msgspec
import pytest

from tests.events import at, make_event
from tracking.domain.events import Booking, Eta, LatenessRisk, Window
from tracking.domain.expected_arrival import apply_arrival
from tracking.domain.fold import apply_event
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Direction, Status

BOOKED = make_event(-5, status="created", booking=Booking(promised=Window(from_=at(0), to=at(60))))
ETA = Eta(from_=at(20), at=at(30), to=at(40))


def after(*events) -> ShipmentState:
    state = ShipmentState(shipment_id="123")
    for event in events:
        state, _ = apply_event(state, event)
    return state


def test_the_word_delayed_makes_late_what_is_under_way_and_nothing_that_has_ended():
    word = make_event(30, reported_status="delayed")
    under_way = after(BOOKED, make_event(5, status="in_transit"), word).delay
    ended = after(BOOKED, make_event(5, status="delivered"), word).delay
    assert (under_way.is_reported, under_way.since, ended.is_reported) == (True, at(30), False)


@pytest.mark.parametrize(
    ("substatus", "kept"),
    [("departed_origin", 0.42), ("departed_hub", 0.42), ("arrived_hub", None), (None, None)],
)
def test_the_chance_at_dispatch_is_that_of_a_departure(substatus, kept):
    scan = make_event(5, status="in_transit", substatus=substatus, lateness_risk=LatenessRisk(p_late=0.42))
    assert after(BOOKED, scan).delay.p_at_dispatch == kept


@pytest.mark.parametrize(
    ("scans", "phase"),
    [
        ([("in_transit", 61), ("delivered", 62)], "late_certain"),
        ([("delivered", 60)], "on_time"),
        ([("attempt_failed", 50), ("in_transit", 90)], "on_time"),
        ([("available_for_pickup", 50), ("delivered", 90)], "on_time"),
        ([("in_transit", 61)], "late_certain"),
        ([("cancelled", 61)], "on_time"),
        ([("returning", 50), ("in_transit", 90)], "on_time"),
    ],
)
def test_a_promise_is_broken_by_what_is_under_way_after_it_and_by_nothing_that_was_called_off(scans, phase):
    statuses = [make_event(minute, status=status) for status, minute in scans]
    assert after(BOOKED, make_event(5, status="in_transit"), *statuses).delay.phase == phase


def test_a_ping_without_a_window_says_nothing_of_the_promise():
    ping = make_event(90, lat=12.9, lon=77.5)
    state = after(BOOKED, make_event(5, status="in_transit"), ping)
    assert state.delay.phase == "on_time"


def test_a_window_is_kept_with_its_order_and_when_it_was_estimated():
    scan = make_event(5, status="in_transit", eta=ETA)
    ping = make_event(6, eta=msgspec.structs.replace(ETA, as_of=at(6)))
    state = after(BOOKED, scan, ping)
    assert (state.eta, state.eta_order, state.eta_notified, state.eta_notified_at) == (
        ping.eta,
        ping.order,
        ETA,
        at(5),
    )


def test_a_window_is_frozen_once_the_way_has_ended():
    state = after(BOOKED, make_event(5, status="in_transit", eta=ETA), make_event(40, status="delivered"))
    late = make_event(41, eta=msgspec.structs.replace(ETA, at=at(35)))
    assert apply_arrival(state, late).eta == ETA


def test_an_event_that_says_nothing_of_the_arrival_leaves_the_state_as_it_is():
    state = ShipmentState(shipment_id="123", status=Status.IN_TRANSIT, direction=Direction.FORWARD)
    assert apply_arrival(state, make_event(1, lat=12.9, lon=77.5)) is state
