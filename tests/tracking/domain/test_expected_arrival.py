"""Expected arrival: its source, when an event sets it, and when it no longer counts."""

from datetime import timedelta

import msgspec
import pytest

from tests.events import at, make_event
from tests.tracking.domain.journeys import LANE, LANE_KM
from tracking.domain.distance import free_flow_minutes
from tracking.domain.events import Booking, Eta, LatenessRisk, Window
from tracking.domain.expected_arrival import apply_arrival, is_worth_notifying
from tracking.domain.fold import apply_event
from tracking.domain.legs import FirstEstimate
from tracking.domain.shipment import ShipmentState
from tracking.domain.shown_window import ShownWindow
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
    ("clock_kind", "phase"),
    [("delay", "late_likely"), ("no_scan", "late_likely"), ("eta", "on_time"), (None, "on_time")],
)
def test_an_evaluation_of_a_clock_event_counts_at_once_and_that_of_a_new_window_as_any_other(
    clock_kind, phase
):
    risk = LatenessRisk(p_late=0.9, is_trusted=True)
    evaluation = make_event(10, source="system", clock_kind=clock_kind, lateness_risk=risk)
    assert after(BOOKED, make_event(5, status="in_transit"), evaluation).delay.phase == phase


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


def test_a_stall_lasts_while_only_clock_events_arrive():
    moved = make_event(5, status="in_transit")
    stalled = make_event(400, "stalled-no_scan-1", source="system", clock_kind="no_scan")
    later = make_event(401, "delay-late_certain-1", source="system", clock_kind="delay")
    news = make_event(402, lat=12.9, lon=77.5)
    states = [after(moved, *events) for events in ([later], [stalled], [stalled, later], [stalled, news])]
    assert [state.is_stalled for state in states] == [False, True, True, False]


def test_an_event_that_says_nothing_of_the_arrival_leaves_the_state_as_it_is():
    state = ShipmentState(shipment_id="123", status=Status.IN_TRANSIT, direction=Direction.FORWARD)
    assert apply_arrival(state, make_event(1, lat=12.9, lon=77.5)) is state


def eta(minutes_from_now: float, as_of: float = 0, width: float = 30) -> Eta:
    at_ = at(as_of + minutes_from_now)
    half = timedelta(minutes=width / 2)
    return Eta(from_=at_ - half, at=at_, to=at_ + half, as_of=at(as_of))


@pytest.mark.parametrize(
    ("published_at", "now", "promised", "worth"),
    [
        (0, eta(110, as_of=10), None, False),  # published a moment ago
        (0, eta(88, as_of=16), None, False),  # moved by four minutes
        (0, eta(100, as_of=16), None, True),  # moved by sixteen
        (0, eta(595, as_of=16), None, True),
        (0, eta(88, as_of=16), 117, True),  # its end crosses the promise
    ],
)
def test_a_window_is_published_again_when_it_has_moved_enough(published_at, now, promised, worth):
    window = None if promised is None else Window(from_=at(0), to=at(promised))
    assert is_worth_notifying(eta(100), at(published_at), now, window) is worth


def test_the_first_window_is_always_worth_notifying():
    assert is_worth_notifying(None, None, eta(100), None)


@pytest.mark.parametrize(
    ("now", "promised", "worth"),
    [
        (eta(200, as_of=14.9), None, False),
        (eta(200, as_of=15), None, True),
        (eta(89, as_of=16), None, False),  # moved by exactly five minutes
        (eta(89.1, as_of=16), None, True),
        (eta(79, as_of=16), None, False),  # the same earlier
        (eta(78.9, as_of=16), None, True),
        (eta(200 / 0.95, as_of=20), None, True),
        (eta(89, as_of=16, width=60), 115, True),  # its end crosses the promise from within
        (eta(84, as_of=16, width=28), 115, False),  # its end was at the promise, and stays within
        (eta(84, as_of=16), 114.9, False),  # was past the promise and is
        (eta(83, as_of=16), 114.9, True),  # was past it and is within
    ],
)
def test_a_new_window_is_notified_fifteen_minutes_later_if_it_moved_by_more_than_five(now, promised, worth):
    window = None if promised is None else Window(from_=at(0), to=at(promised))
    assert is_worth_notifying(eta(100), at(0), now, window) is worth


@pytest.mark.parametrize(("moved", "worth"), [(10, False), (10.1, True)])
def test_a_window_far_ahead_is_notified_if_it_moved_by_more_than_a_twentieth_of_what_remains(moved, worth):
    before = eta(220 - moved)
    # At minute 20, 200 minutes remain.
    assert is_worth_notifying(before, at(0), eta(200, as_of=20), None) is worth


def test_a_window_is_notified_if_the_time_of_the_last_notification_or_of_its_prediction_is_unknown():
    last = eta(100)
    undated = msgspec.structs.replace(eta(100, as_of=20), as_of=None)
    again = [
        is_worth_notifying(last, None, eta(84, as_of=16), None),
        is_worth_notifying(None, at(0), eta(84, as_of=16), None),
        is_worth_notifying(last, at(0), undated, None),
        is_worth_notifying(last, at(0), eta(84, as_of=16), None),
    ]
    assert again == [True, True, True, False]


def shown_eta(start: float, as_of: float) -> Eta:
    """Return a window whose shown window begins at the minute `start`, worked out at `as_of`."""
    shown = ShownWindow(from_=at(start), at=at(start + 30), to=at(start + 60), shown_at=at(as_of))
    return Eta(from_=at(start), at=at(start + 30), to=at(start + 60), as_of=at(as_of), shown=shown)


def test_the_shown_window_changes_once_an_hour_and_at_once_by_more_than_half_an_hour():
    windows = [(300, 0), (315, 10), (340, 20), (360, 79), (370, 80), (390, 139), (385, 140)]
    state, seen = ShipmentState(shipment_id="123", status=Status.IN_TRANSIT), []
    for start, minute in windows:
        state = apply_arrival(state, make_event(minute, eta=shown_eta(start, minute)))
        seen.append((state.eta.shown.from_ - at(0), state.eta_notified.shown.from_ - at(0)))
        assert state.eta.from_ == at(start)
    expected = [300, 300, 340, 340, 370, 370, 385]
    assert seen == [(timedelta(minutes=start), timedelta(minutes=start)) for start in expected]


def test_a_window_from_before_there_were_shown_ones_is_followed_by_the_new_one():
    old = msgspec.structs.replace(shown_eta(300, 0), shown=None)
    state = ShipmentState(shipment_id="123", status=Status.IN_TRANSIT, eta=old, eta_notified=old)
    new = shown_eta(310, 5)
    assert apply_arrival(state, make_event(5, eta=new)).eta == new


def test_the_first_window_is_kept_with_the_promise_and_the_lane_of_that_time():
    booked = make_event(
        -5, status="created", booking=Booking(promised=Window(from_=at(0), to=at(60)), lane=LANE)
    )
    later = Booking(promised=Window(from_=at(0), to=at(900)), lane=LANE)
    first = make_event(5, status="in_transit", eta=msgspec.structs.replace(ETA, as_of=at(4)))
    second = make_event(6, eta=msgspec.structs.replace(ETA, at=at(35), as_of=at(6)))
    state = after(booked, first, make_event(6, "booked-again", source="api", booking=later), second)
    assert state.first_estimate == FirstEstimate(
        from_=ETA.from_,
        at=ETA.at,
        to=ETA.to,
        as_of=at(4),
        promised_to=at(60),
        lane_min=round(free_flow_minutes(LANE_KM), 1),
    )


def test_a_state_of_an_older_version_with_a_window_gets_no_first_one():
    older = ShipmentState(shipment_id="123", status=Status.IN_TRANSIT, eta=ETA)
    assert apply_arrival(older, make_event(9, eta=ETA)).first_estimate is None


def promise(minute: float, ends: float, *, is_agreed: bool = False, **fields):
    """Build an event at `minute` that promises an arrival by `ends`."""
    window = Window(from_=at(ends - 60), to=at(ends))
    booking = Booking(promised=window, deliver_from=window.from_ if is_agreed else None)
    return make_event(minute, source="api", booking=booking, **fields)


LATE = (BOOKED, make_event(5, status="in_transit"), make_event(61, status="in_transit"))
REPORTED = (BOOKED, make_event(5, status="in_transit"), make_event(6, reported_status="delayed"))
UNLIKELY, LIKELY = (LatenessRisk(p_late=chance, is_trusted=True) for chance in (0.29, 0.31))


@pytest.mark.parametrize(
    ("before", "event", "is_late", "notified"),
    [
        (LATE, promise(70, 300), False, 2),
        (LATE, promise(70, 300, lateness_risk=UNLIKELY), False, 2),
        (LATE, promise(70, 300, lateness_risk=LIKELY), True, 1),
        (LATE, promise(70, 69), True, 1),
        (LATE, promise(70, 300, is_agreed=True), False, 1),
        (REPORTED, promise(70, 300), True, 1),
        (REPORTED, promise(70, 300, is_agreed=True), False, 1),
        (LATE, make_event(70, booking=Booking(destination_pin="560034")), True, 1),
    ],
)
def test_a_new_promise_ends_a_delay_at_once_unless_it_is_likely_missed_as_well(
    before, event, is_late, notified
):
    delay = after(*before, event).delay
    assert (delay.is_active, delay.notified_count) == (is_late, notified)


def test_a_promise_that_has_passed_when_it_is_made_is_missed():
    assert after(promise(70, 60, status="created"), make_event(71, status="in_transit")).delay.is_active


def test_without_a_forecast_the_window_before_the_agreed_day_is_gone():
    before = after(BOOKED, make_event(5, status="in_transit", eta=ETA))
    assert (before.eta, after(BOOKED, make_event(5, status="in_transit", eta=ETA), promise(8, 2000)).eta) == (
        ETA,
        ETA,
    )
    assert (
        after(BOOKED, make_event(5, status="in_transit", eta=ETA), promise(8, 2000, is_agreed=True)).eta
        is None
    )


def test_minutes_of_a_broken_promise_follow_the_window_and_end_with_the_delivery():
    failed, out = (
        make_event(65, status="attempt_failed"),
        make_event(70, status="out_for_delivery", eta=later(200)),
    )
    steps = [*LATE, failed, out, make_event(80, eta=later(120)), make_event(95, status="delivered")]
    assert [after(*steps[:count]).delay.minutes for count in (4, 5, 6, 7)] == [5, 140, 60, 35]


def later(minute: float) -> Eta:
    return msgspec.structs.replace(ETA, from_=at(minute - 9), at=at(minute), to=at(minute + 9))
