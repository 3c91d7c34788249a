"""Lateness risk: the probability of a late arrival, and when it may be trusted."""

import math

import msgspec
import pytest

from tests.events import at, make_event
from tests.tracking.domain.journeys import CHENNAI, LANE, LANE_KM, PEENYA, VELLORE, Journey
from tracking.domain.distance import distance_km, free_flow_minutes
from tracking.domain.events import LatenessRisk, Window
from tracking.domain.legs import OpenLeg
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Direction, Status
from tracking.eta.dwell import (
    DWELL,
    TOUR,
    DurationStatistics,
    dwell_key,
    estimate_span,
    start_statistics,
    tour_key,
)
from tracking.eta.forecast import ScanContext, forecast
from tracking.eta.lanes import LegProfile, Level, class_key, global_key, under_way_residuals_key
from tracking.eta.residuals import prior_residuals
from tracking.eta.spans import earliest_span, share_longer_than, sum_spans
from tracking.eta.tours import Tour, predict_tour

KM = distance_km(PEENYA.lat, PEENYA.lon, CHENNAI.lat, CHENNAI.lon)
BASE = free_flow_minutes(KM)
RUN = LegProfile("BLR-PNY", "MAA-GDY", "any", "d", BASE)
PRIOR = prior_residuals()


def under_way(promised: float, book=None) -> Journey:
    journey = Journey(book or {}, promised=promised)
    journey.scan(0, "in_transit", substatus="departed_origin", hub=PEENYA)
    return journey


def beyond(allowed: float, expected: float) -> float:
    return 1.0 - PRIOR.share_below(math.log(allowed / expected))


@pytest.mark.parametrize("promised", [500, 600, 800])
def test_at_departure_the_chance_is_the_share_of_legs_that_took_longer(promised):
    said = under_way(promised).events[-1].lateness_risk
    p_late = beyond(promised, round(BASE, 3) * math.exp(math.log(2.1)))
    assert said == LatenessRisk(p_late=pytest.approx(p_late, abs=1e-4), trusted=False, firm=True)


def test_a_chance_is_rounded_to_four_decimals():
    p_late = under_way(600).events[-1].lateness_risk.p_late
    assert p_late == round(beyond(600, round(BASE, 3) * math.exp(math.log(2.1))), 4)


def test_under_way_the_chance_is_that_of_the_quarter_and_of_what_is_left():
    learned = prior_residuals()
    for _ in range(40):
        learned = learned.add(0.5)
    journey = under_way(480, {under_way_residuals_key("d", 3, 2): learned})
    said = journey.scan(200, lat=VELLORE[0], lon=VELLORE[1]).lateness_risk
    left = BASE * distance_km(*VELLORE, CHENNAI.lat, CHENNAI.lon) / KM * 2.1
    p_late = 1.0 - learned.share_below(math.log(280 / left))
    assert said.p_late == pytest.approx(p_late, abs=1e-3)


def test_in_silence_only_what_is_still_possible_counts():
    said = under_way(700).scan(300, "in_transit").lateness_risk
    expected = BASE * 2.1
    assert said.p_late == pytest.approx(beyond(700, expected) / beyond(300, expected), abs=1e-3)


def test_in_silence_beyond_all_that_is_known_it_is_late_as_surely_as_it_can_be():
    assert under_way(9000).scan(8000, "in_transit").lateness_risk.p_late == 0.95


@pytest.mark.parametrize(
    ("promised", "lateness_risk"),
    [
        (10.5, LatenessRisk(p_late=0.95, trusted=False, firm=True)),
        (10, LatenessRisk(p_late=1.0, trusted=True, firm=True)),
        (9, LatenessRisk(p_late=1.0, trusted=True, firm=True)),
    ],
)
def test_before_the_promise_has_passed_nothing_is_certain_and_after_it_all_is(promised, lateness_risk):
    event = under_way(promised).scan(10, lat=PEENYA.lat, lon=PEENYA.lon + 0.1)
    assert event.lateness_risk == lateness_risk


def test_without_a_promise_there_is_no_chance_of_breaking_it():
    state = ShipmentState(shipment_id="123", status=Status.PICKED_UP, lane=LANE)
    assert forecast({}, state, make_event(0, status="in_transit")).lateness_risk is None


@pytest.mark.parametrize(
    ("status", "leg", "minute", "lateness_risk"),
    [
        (Status.ON_HOLD, Direction.FORWARD, 60, None),
        (Status.ON_HOLD, Direction.FORWARD, 60.1, LatenessRisk(p_late=1.0, trusted=True)),
        (Status.IN_TRANSIT, Direction.RETURN, 60, None),
        (Status.IN_TRANSIT, Direction.RETURN, 61, LatenessRisk(p_late=1.0, trusted=True)),
    ],
)
def test_where_nothing_can_be_foreseen_only_a_promise_that_has_passed_says_something(
    status, leg, minute, lateness_risk
):
    promised = Window(from_=at(0), to=at(60))
    state = ShipmentState(shipment_id="123", status=status, direction=leg, lane=LANE, promised=promised)
    expected = forecast({}, state, make_event(minute, lat=12.9, lon=77.5))
    assert (expected.eta, expected.lateness_risk) == (None, lateness_risk)
    unpromised = msgspec.structs.replace(state, promised=None)
    assert forecast({}, unpromised, make_event(minute, lat=12.9, lon=77.5)).lateness_risk is None


def test_of_several_parts_the_chance_is_that_of_their_sum():
    event = Journey(promised=700).scan(0, "picked_up", hub=PEENYA)
    stay = estimate_span(start_statistics(DWELL), DWELL)
    whole = sum_spans([stay, event_span(BASE)])
    assert event.lateness_risk == LatenessRisk(
        p_late=pytest.approx(share_longer_than(whole, 700), abs=1e-3), trusted=False, firm=False
    )


def event_span(base: float):
    from tracking.eta.spans import make_span

    return make_span(base * 2.1, -0.45, 0.60)


@pytest.mark.parametrize(("n", "firm"), [(2.9, False), (3, True)])
def test_a_stay_is_a_guess_until_three_are_known(n, firm):
    book = {dwell_key("BLR-PNY"): DurationStatistics(v=math.log(30), n=n, l10=-0.3, l90=0.3)}
    assert Journey(book, promised=700).scan(0, "picked_up", hub=PEENYA).lateness_risk.firm is firm


def test_of_a_parcel_that_waits_for_its_first_tour_the_soonest_counts():
    journey = Journey(pin="600032", promised=120)
    event = journey.scan(0, "in_transit", substatus="arrived_destination_hub", hub=CHENNAI)
    stay, tour = estimate_span(start_statistics(DWELL), DWELL), predict_tour({}, "MAA-GDY", at(0), None, None)
    p_late = share_longer_than(sum_spans([earliest_span(stay), earliest_span(tour)]), 120)
    assert event.lateness_risk == LatenessRisk(
        p_late=pytest.approx(p_late, abs=1e-4), trusted=False, firm=False
    )


def test_of_a_parcel_on_the_road_or_back_from_a_tour_the_usual_counts():
    back = Journey(pin="600032", promised=200)
    back.scan(0, "out_for_delivery", hub=CHENNAI)
    event = back.scan(1, "in_transit", substatus="arrived_destination_hub", hub=CHENNAI)
    stay, tour = estimate_span(start_statistics(DWELL), DWELL), predict_tour({}, "MAA-GDY", at(1), None, None)
    assert event.lateness_risk.p_late == pytest.approx(
        share_longer_than(sum_spans([stay, tour]), 199), abs=1e-4
    )
    road = Journey(pin="600032", promised=900)
    event = road.scan(0, "in_transit", substatus="departed_origin", hub=PEENYA)
    parts = [event_span(BASE), stay, predict_tour({}, "MAA-GDY", at(0), None, None)]
    assert event.lateness_risk.p_late == pytest.approx(share_longer_than(sum_spans(parts), 900), abs=1e-3)


def test_before_the_lane_the_road_counts_whole_and_the_tour_at_its_soonest():
    event = Journey(pin="600032", promised=700).scan(0, "picked_up", hub=PEENYA)
    stay, tour = estimate_span(start_statistics(DWELL), DWELL), predict_tour({}, "MAA-GDY", at(0), None, None)
    parts = [stay, event_span(BASE), earliest_span(stay), earliest_span(tour)]
    assert event.lateness_risk.p_late == pytest.approx(share_longer_than(sum_spans(parts), 700), abs=1e-3)


@pytest.mark.parametrize(("n", "trusted"), [(19.9, False), (20, True)])
def test_the_chance_of_a_tour_is_trusted_once_twenty_of_its_hub_are_known(n, trusted):
    book = {tour_key("MAA-GDY"): DurationStatistics(v=math.log(60), n=n, l10=-0.4, l90=0.5)}
    event = Journey(book, pin="600032", promised=120).scan(0, "out_for_delivery", hub=CHENNAI)
    p_late = share_longer_than(estimate_span(book[tour_key("MAA-GDY")], TOUR), 120)
    assert event.lateness_risk == LatenessRisk(
        p_late=pytest.approx(p_late, abs=1e-4), trusted=trusted, firm=True
    )


@pytest.mark.parametrize(
    ("legs", "of_class", "trusted"),
    [(19.9, 40, False), (20, 2.9, False), (20, 3, True), (500, 40, True)],
)
def test_the_chance_of_a_leg_is_trusted_by_twenty_legs_and_three_of_its_class(legs, of_class, trusted):
    book = {global_key("d"): Level(v=0.7, n=legs), class_key(RUN): Level(v=0.7, n=of_class)}
    assert under_way(600, book).events[-1].lateness_risk.trusted is trusted


def test_a_tour_that_has_begun_is_shorter_by_what_has_passed():
    state = ShipmentState(
        shipment_id="123",
        status=Status.OUT_FOR_DELIVERY,
        lane=LANE,
        open_leg=OpenLeg(origin="MAA-GDY", destination="~", departed_at=at(-30)),
        promised=Window(from_=at(0), to=at(120)),
    )
    scan = make_event(0, lat=13.1, lon=80.2)
    outside = ScanContext(door=(13.0, 80.2), tour=Tour(stops_ahead=4, is_as_loaded=True))
    km = distance_km(13.1, 80.2, 13.0, 80.2)
    span = predict_tour({}, "MAA-GDY", at(0), outside.tour, km, 30.0)
    expected = forecast({}, state, scan, outside)
    assert expected.lateness_risk.p_late == pytest.approx(share_longer_than(span, 120), abs=1e-4)
    assert expected.eta.explanation.remaining_km == round(km, 1)
    assert pytest.approx(KM, abs=0.01) == LANE_KM
