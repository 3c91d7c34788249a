"""Forecast after a scan: the remaining parts, the reasons for the window, and the current leg."""

import math
from datetime import timedelta

import pytest

from tests.events import at, make_event
from tests.tracking.domain.journeys import CHENNAI, LANE_KM, PEENYA, VELLORE, Journey
from tracking.domain.distance import free_flow_minutes
from tracking.domain.events import Booking, Window
from tracking.domain.legs import RECIPIENT, HubStay, LegProfile
from tracking.domain.route import find_finished_leg
from tracking.domain.tour import Tour
from tracking.eta.durations import (
    TYPICAL_DWELL,
    TYPICAL_TOUR,
    DurationStatistics,
    dwell_key,
    predict_duration,
    tour_key,
    unlearned_statistics,
)
from tracking.eta.forecast import forecast
from tracking.eta.lanes import Level, Plan, class_key, global_key, lane_key, level_at, plan_key
from tracking.eta.learning import learn
from tracking.eta.scan_context import ScanContext
from tracking.eta.spans import sum_spans

BASE = free_flow_minutes(LANE_KM)
RUN = LegProfile("BLR-PNY", "MAA-GDY", "any", "d", BASE)


def minutes(moment) -> float:
    return (moment - at(0)).total_seconds() / 60


def test_a_departure_opens_its_leg_and_keeps_what_was_said_of_it():
    journey = Journey()
    event = journey.scan(0, "in_transit", substatus="departed_origin", hub=PEENYA, vehicle_id="KA-1")
    leg = journey.state.open_leg
    assert event.open_leg == leg
    assert (leg.origin, leg.destination, leg.departed_at, leg.vehicle_id, leg.spread_key) == (
        "BLR-PNY",
        "MAA-GDY",
        at(0),
        "KA-1",
        "lane#q#d#3#0",
    )
    assert (leg.base_min, leg.log_ratio, leg.km) == pytest.approx((BASE, math.log(2.1), LANE_KM), rel=1e-3)
    assert minutes(event.eta.at) == pytest.approx(BASE * 2.1, rel=1e-3)


def test_history_of_the_lane_makes_the_window_sure_and_says_so():
    book = {lane_key(RUN): Level(mean_log=math.log(1.8), count=40)}
    event = Journey(book).scan(0, "in_transit", substatus="departed_origin", hub=PEENYA)
    said = event.eta.explanation
    assert event.eta.confidence == "high"
    assert (said.level, said.count, said.base_from, said.legs_ahead) == ("lane", 40, "distance", 1)
    assert said.travel_time_ratio == pytest.approx(1.8, rel=0.02)


@pytest.mark.parametrize(
    ("booked", "plan", "base", "base_from"),
    [
        (240, 300.0, 240.0, "p"),  # the booking's plan comes first
        (None, 300.0, 300.0, "p"),  # then the lane's
        (None, None, BASE, "d"),  # then the straight line
    ],
)
def test_base_minutes_come_from_the_best_plan_there_is(booked, plan, base, base_from):
    book = {plan_key("BLR-PNY", "MAA-GDY"): Plan(planned_minutes=plan)} if plan else {}
    journey = Journey(book, planned_minutes=booked)
    journey.scan(0, "in_transit", substatus="departed_origin", hub=PEENYA)
    leg = journey.state.open_leg
    assert (leg.base_min, leg.base_from) == (pytest.approx(base, rel=1e-3), base_from)


def test_under_way_what_is_left_is_in_proportion_to_the_kilometres_left():
    journey = Journey()
    journey.scan(0, "in_transit", substatus="departed_origin", hub=PEENYA)
    event = journey.scan(200, lat=VELLORE[0], lon=VELLORE[1])
    left = event.eta.explanation.remaining_km
    assert left == pytest.approx(118.2, abs=1)
    assert minutes(event.eta.at) - 200 == pytest.approx(BASE * left / LANE_KM * 2.1, rel=0.01)


def test_the_first_prediction_in_each_eighth_of_a_leg_is_kept_and_no_other():
    journey = Journey()
    journey.scan(0, "in_transit", substatus="departed_origin", hub=PEENYA)
    for minute, share in ((60, 0.1), (70, 0.12), (90, 0.15), (120, 0.3), (300, 0.8)):
        lat = PEENYA.lat + (CHENNAI.lat - PEENYA.lat) * share
        lon = PEENYA.lon + (CHENNAI.lon - PEENYA.lon) * share
        journey.scan(minute, lat=lat, lon=lon)
    assert [(note.quarter, note.at) for note in journey.state.open_leg.under_way] == [
        (0, at(60)),
        (0, at(90)),
        (1, at(120)),
        (3, at(300)),
    ]


def test_without_a_position_the_time_that_has_passed_shortens_what_is_left():
    journey = Journey()
    journey.scan(0, "in_transit", substatus="departed_origin", hub=PEENYA)
    event = journey.scan(300, "in_transit")
    assert 300 < minutes(event.eta.at) - 0 < BASE * 2.1 + 150
    assert event.eta.explanation.remaining_km is None


def test_a_parcel_that_waits_has_its_stay_and_its_whole_lane_ahead():
    event = Journey().scan(0, "picked_up", hub=PEENYA)
    assert minutes(event.eta.at) == pytest.approx(29 + BASE * 2.1, rel=1e-3)
    assert (event.eta.explanation.legs_ahead, event.eta.explanation.dwell_ahead_min) == (2, 29.0)


def test_a_parcel_for_a_door_has_the_last_hub_and_the_tour_ahead_as_well():
    event = Journey(pin="600032").scan(0, "in_transit", substatus="arrived_destination_hub", hub=CHENNAI)
    stay, tour = (
        predict_duration(unlearned_statistics(typical), typical) for typical in (TYPICAL_DWELL, TYPICAL_TOUR)
    )
    assert minutes(event.eta.at) == pytest.approx(sum_spans([stay, tour]).p50, abs=0.02)


def test_out_for_delivery_the_tour_statistics_of_the_hub_give_the_time_of_arrival():
    learned = DurationStatistics(mean_log=math.log(60), count=40, low_offset=-0.4, high_offset=0.5)
    journey = Journey({tour_key("MAA-GDY"): learned}, pin="600032")
    journey.scan(0, "in_transit", substatus="arrived_destination_hub", hub=CHENNAI)
    event = journey.scan(30, "out_for_delivery", substatus="loaded", hub=CHENNAI)
    assert minutes(event.eta.at) - 30 == pytest.approx(predict_duration(learned, TYPICAL_TOUR).p50, abs=0.02)
    assert (journey.state.open_leg.destination, journey.state.open_leg.dwelt_min) == (RECIPIENT, 30.0)


def test_stops_ahead_of_a_manifest_count_more_than_tour_statistics():
    journey = Journey(pin="600032")
    journey.scan(0, "in_transit", substatus="arrived_destination_hub", hub=CHENNAI)
    near = journey.scan(30, "out_for_delivery", hub=CHENNAI, tour=Tour(stops_ahead=2))
    far = journey.scan(31, "out_for_delivery", hub=CHENNAI, tour=Tour(stops_ahead=40))
    assert near.eta.explanation.stops_ahead == 2
    assert near.eta.at < far.eta.at
    assert minutes(near.eta.at) - 30 == pytest.approx(2 * 4.8 + 3 * 0.6 * 1.35 / 22 * 60, abs=0.5)


def test_stops_counted_at_loading_lie_behind_the_van_as_time_goes_by():
    journey = Journey(pin="600032")
    loaded = journey.scan(0, "out_for_delivery", hub=CHENNAI, tour=Tour(20, is_as_loaded=True))
    later = journey.scan(60, lat=13.02, lon=80.22)
    assert later.eta.explanation.stops_ahead == 20
    assert abs(later.eta.at - loaded.eta.at) < timedelta(seconds=2)


def test_until_tours_of_a_hub_are_known_a_van_near_the_door_is_expected_soon():
    journey = Journey(pin="600032")
    journey.scan(0, "out_for_delivery", hub=CHENNAI)
    far = forecast({}, journey.state, make_event(5, lat=13.2, lon=80.0), ScanContext(pin_point=(13.0, 80.2)))
    near = forecast(
        {}, journey.state, make_event(5, lat=13.003, lon=80.2), ScanContext(pin_point=(13.0, 80.2))
    )
    assert near.eta.at - at(5) < timedelta(minutes=30) < far.eta.at - at(5)
    assert near.eta.from_ - at(5) < timedelta(minutes=5)


def test_a_van_that_is_slow_today_makes_the_rest_of_its_tour_slower():
    journey = Journey(pin="600032")
    calm = journey.scan(30, "out_for_delivery", hub=CHENNAI, tour=Tour(stops_ahead=20))
    slow = journey.scan(
        31, "out_for_delivery", hub=CHENNAI, tour=Tour(20, stops_done=10, started_at=at(-269))
    )
    assert slow.eta.at - calm.eta.at > timedelta(minutes=60)


@pytest.mark.parametrize("status", ["on_hold", "exception", "returning"])
def test_what_is_held_up_or_goes_back_has_no_window(status):
    journey = Journey()
    journey.scan(0, "in_transit", substatus="departed_origin", hub=PEENYA)
    assert journey.scan(60, status, lat=VELLORE[0], lon=VELLORE[1]).eta is None


def test_the_chance_to_be_late_follows_the_promise():
    chances = []
    for promised in (400, 600, 1200):
        journey = Journey(promised=promised)
        event = journey.scan(0, "in_transit", substatus="departed_origin", hub=PEENYA)
        chances.append(event.lateness_risk.p_late)
    assert chances == sorted(chances, reverse=True)
    assert chances[0] > 0.7
    assert chances[2] < 0.2


@pytest.mark.parametrize(
    ("legs", "of_class", "trusted"), [(5, 0, False), (19, 19, False), (20, 2, False), (20, 3, True)]
)
def test_the_chance_is_trusted_once_enough_legs_are_known_and_some_of_their_class(legs, of_class, trusted):
    book = {
        global_key("d"): Level(mean_log=0.7, count=legs),
        class_key(RUN): Level(mean_log=0.7, count=of_class),
    }
    event = Journey(book).scan(0, "in_transit", substatus="departed_origin", hub=PEENYA)
    assert event.lateness_risk.is_trusted is trusted


def test_the_lateness_of_a_first_tour_that_has_not_begun_is_lower_and_not_firm():
    waiting = Journey(pin="600032", promised=120)
    at_hub = waiting.scan(0, "in_transit", substatus="arrived_destination_hub", hub=CHENNAI)
    out_before = Journey(pin="600032", promised=120)
    out_before.scan(0, "out_for_delivery", hub=CHENNAI)
    back = out_before.scan(1, "in_transit", substatus="arrived_destination_hub", hub=CHENNAI)
    assert at_hub.lateness_risk.p_late < 0.5 < back.lateness_risk.p_late
    assert not at_hub.lateness_risk.is_firm


def test_a_promise_that_has_passed_is_certain_even_where_nothing_can_be_foreseen():
    journey = Journey(promised=60)
    journey.scan(0, "picked_up", hub=PEENYA)
    event = journey.scan(90, "on_hold", substatus="strike")
    assert (event.eta, event.lateness_risk.p_late, journey.state.delay.phase) == (None, 1.0, "late_certain")


def test_an_arrival_ends_the_leg_and_begins_the_stay():
    journey = Journey()
    journey.scan(0, "in_transit", substatus="departed_origin", hub=PEENYA)
    journey.scan(500, "in_transit", substatus="arrived_destination_hub", hub=CHENNAI)
    assert (journey.state.open_leg, journey.state.hub_stay) == (
        None,
        HubStay(hub_id="MAA-GDY", arrived_at=at(500)),
    )


def test_the_stay_before_a_departure_is_known_to_the_leg():
    journey = Journey()
    journey.scan(0, "in_transit", substatus="arrived_hub", hub=PEENYA)
    journey.scan(45, "in_transit", substatus="departed_hub", hub=PEENYA)
    assert (journey.state.open_leg.dwelt_min, journey.state.hub_stay) == (45.0, None)


def test_dwell_statistics_of_a_hub_change_the_time_of_arrival():
    book = {
        dwell_key("BLR-PNY"): DurationStatistics(
            mean_log=math.log(300), count=40, low_offset=-0.3, high_offset=0.3
        )
    }
    fast, slow = (Journey(pages).scan(0, "picked_up", hub=PEENYA) for pages in ({}, book))
    assert slow.eta.at - fast.eta.at > timedelta(minutes=150)


def test_a_lane_of_scans_without_any_position_has_windows_and_learns_from_its_arrivals():
    statistics, predicted = {}, []
    for _ in range(20):
        journey = Journey(statistics, planned_minutes=200)
        departed = journey.scan(0, "in_transit", substatus="departed_origin")
        under_way = journey.scan(500, "in_transit")
        arrived = journey.scan(600, "in_transit", substatus="arrived_destination_hub")
        leg = find_finished_leg(journey.before, journey.state, arrived)
        predicted.append((minutes(departed.eta.at), departed.eta.confidence, minutes(under_way.eta.from_)))
        statistics |= learn(statistics, [leg])
    (first, first_confidence, _), (last, last_confidence, _) = predicted[0], predicted[-1]
    assert (first, first_confidence, last_confidence) == (420.0, "low", "high")
    assert 560 < last < 600
    # Time that has passed shortens the rest and is never part of it.
    assert all(from_ >= 500 for _, _, from_ in predicted)
    of_lane = level_at(statistics, lane_key(LegProfile("BLR-PNY", "MAA-GDY", "any", "p", 200.0)))
    assert (of_lane.mean_log, of_lane.count) == (pytest.approx(math.log(3)), 20.0)


@pytest.mark.parametrize(("begins", "reason"), [(1200, "agreed"), (10, "closed")])
def test_the_agreed_day_is_shown_while_the_arrival_is_predicted_before_it(begins, reason):
    hours = Window(from_=at(begins), to=at(begins + 780))
    journey = Journey()
    journey.apply(make_event(1, booking=Booking(promised=hours, deliver_from=hours.from_)))
    shown = journey.scan(2, "in_transit", substatus="departed_origin", hub=PEENYA).eta.shown
    assert (shown.reason, shown.from_ == hours.from_) == (reason, reason == "agreed")


def test_the_chance_of_lateness_is_that_of_the_promise_which_the_event_makes():
    journey = Journey()
    journey.scan(0, "in_transit", substatus="departed_origin", hub=PEENYA)
    chances = [
        journey.scan(minute, booking=Booking(promised=Window(from_=at(0), to=at(to)))).lateness_risk.p_late
        for minute, to in ((1, 60), (2, 6000))
    ]
    assert [round(chance, 2) for chance in chances] == [0.95, 0.0]
