"""Remaining route: the parts of a window and the reasons given for it."""

import math

import msgspec
import pytest

from tests.events import at, make_event
from tests.tracking.domain.journeys import CHENNAI, LANE, PEENYA, VELLORE, Journey
from tracking.domain.distance import distance_km, free_flow_minutes
from tracking.domain.events import Eta, Explanation, Lane
from tracking.domain.legs import HubStay, OpenLeg, QuarterPrediction
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Status
from tracking.eta.durations import (
    TYPICAL_DWELL,
    DurationStatistics,
    dwell_key,
    predict_duration,
    tour_key,
    unlearned_statistics,
)
from tracking.eta.forecast import Forecast, ScanContext, forecast
from tracking.eta.lanes import LegProfile, Level, lane_key
from tracking.eta.pace import MAX_PACE, measure_pace
from tracking.eta.spans import make_span, sum_spans
from tracking.eta.tours import Tour, predict_tour
from tracking.eta.windows import make_eta

KM = distance_km(PEENYA.lat, PEENYA.lon, CHENNAI.lat, CHENNAI.lon)
BASE = free_flow_minutes(KM)
WHOLE = make_span(BASE * 2.1, -0.45, 0.60)
STAY = predict_duration(unlearned_statistics(TYPICAL_DWELL), TYPICAL_DWELL)
LEG = OpenLeg(
    origin="BLR-PNY",
    destination="MAA-GDY",
    departed_at=at(-100),
    base_min=BASE,
    km=KM,
    log_ratio=0.7,
)
UNDER_WAY = ShipmentState(shipment_id="123", status=Status.IN_TRANSIT, lane=LANE, open_leg=LEG)
WAITING = ShipmentState(shipment_id="123", status=Status.PICKED_UP, lane=LANE)
BY_PRIOR = {"level": "global", "count": 5, "base_min": round(BASE, 1), "travel_time_ratio": 2.1}


def predicted(eta: Eta) -> Eta:
    """Return the window without the one that people are shown, which has its own tests."""
    return msgspec.structs.replace(eta, shown=None)


def tour_at(minute: float):
    return predict_tour({}, "MAA-GDY", at(minute), None, None)


def test_a_parcel_that_waits_for_a_door_has_four_parts_ahead():
    state = msgspec.structs.replace(WAITING, destination_pin="600032")
    explanation = Explanation(**BY_PRIOR, dwell_ahead_min=58.0, legs_ahead=4, residuals_key="lane#r#d#3")
    parts = [STAY, WHOLE, STAY, tour_at(0)]
    wanted = make_eta(sum_spans(parts), at(0), "global", explanation)
    assert predicted(forecast({}, state, make_event(0)).eta) == wanted


def test_a_departure_has_the_leg_ahead_and_its_history():
    run = LegProfile("BLR-PNY", "MAA-GDY", "any", "d", BASE)
    book = {lane_key(run): Level(mean_log=math.log(1.5), count=7.6)}
    journey = Journey(book)
    event = journey.scan(0, "in_transit", substatus="departed_origin", hub=PEENYA)
    log_ratio = (math.log(1.5) * 7.6 + math.log(2.1) * 3) / 10.6
    assert event.eta.explanation == Explanation(
        level="lane",
        count=7,
        base_min=round(BASE, 1),
        travel_time_ratio=round(math.exp(log_ratio), 3),
        legs_ahead=1,
        residuals_key="lane#r#d#3",
    )
    assert event.eta.confidence == "high"


def test_under_way_the_window_has_the_kilometres_left_and_the_leg_its_prediction():
    scan = make_event(0, lat=VELLORE[0], lon=VELLORE[1])
    left_km = distance_km(*VELLORE, CHENNAI.lat, CHENNAI.lon)
    left = BASE * left_km / KM
    explanation = Explanation(
        **BY_PRIOR, remaining_km=round(left_km, 1), legs_ahead=1, residuals_key="lane#r#d#3#t2"
    )
    pace = measure_pace(BASE * 2.1, 1 - left / BASE, 100)
    note = QuarterPrediction(
        quarter=2,
        at=at(0),
        base_min=round(left, 3),
        log_ratio=round(math.log(2.1), 6),
        pace=round(pace, 6),
        low_offset=-0.35,
        high_offset=0.6,
    )
    found = forecast({}, UNDER_WAY, scan)
    assert msgspec.structs.replace(found, eta=predicted(found.eta)) == Forecast(
        make_eta(make_span(left * 2.1, -0.35, 0.60), at(0), "global", explanation),
        None,
        msgspec.structs.replace(LEG, under_way=(note,)),
    )


def test_an_eighth_of_a_leg_that_was_noted_is_not_noted_again():
    left = BASE * distance_km(*VELLORE, CHENNAI.lat, CHENNAI.lon) / KM
    note = QuarterPrediction(quarter=2, at=at(-9), base_min=left + 1, log_ratio=0.7)
    state = msgspec.structs.replace(UNDER_WAY, open_leg=msgspec.structs.replace(LEG, under_way=(note,)))
    assert forecast({}, state, make_event(0, lat=VELLORE[0], lon=VELLORE[1])).open_leg is None


@pytest.mark.parametrize(
    "fields",
    [{}, {"lat": 12.9}, {"lon": 79.1}, {"lat": 12.9, "lon": 79.1, "fix_flags": ("jump",)}],
    ids=["none", "lat alone", "lon alone", "dropped"],
)
def test_without_a_usable_position_only_the_elapsed_time_counts(fields):
    expected = forecast({}, UNDER_WAY, make_event(0, **fields))
    explanation = Explanation(**BY_PRIOR, legs_ahead=1, residuals_key="lane#r#d#3")
    assert (expected.eta.explanation, expected.open_leg) == (explanation, None)


def test_farther_away_than_the_leg_is_long_its_whole_base_is_left():
    scan = make_event(0, lat=PEENYA.lat, lon=PEENYA.lon - 1)
    expected = forecast({}, UNDER_WAY, scan)
    assert expected.open_leg.under_way[0].base_min == round(BASE, 3)


def test_at_the_hub_itself_a_tenth_of_a_minute_is_left():
    expected = forecast({}, UNDER_WAY, make_event(0, lat=CHENNAI.lat, lon=CHENNAI.lon))
    assert expected.open_leg.under_way == (
        QuarterPrediction(
            quarter=3,
            at=at(0),
            base_min=0.1,
            log_ratio=round(math.log(2.1), 6),
            pace=-MAX_PACE,
            low_offset=-0.35,
            high_offset=0.6,
        ),
    )
    assert expected.eta.explanation.remaining_km == 0.0


def test_to_a_hub_that_is_no_end_of_the_lane_only_time_counts():
    state = msgspec.structs.replace(UNDER_WAY, open_leg=msgspec.structs.replace(LEG, destination="VLR"))
    expected = forecast({}, state, make_event(0, lat=VELLORE[0], lon=VELLORE[1]))
    assert (expected.eta.explanation.remaining_km, expected.open_leg) == (None, None)


@pytest.mark.parametrize(
    ("fields", "scanned", "hub_id", "is_at_end"),
    [
        ({}, {}, None, False),
        ({}, {}, "MAA-GDY", True),
        ({}, {}, "BLR-PNY", False),
        ({}, {"status": "in_transit", "substatus": "arrived_destination_hub"}, None, True),
        ({}, {"status": "in_transit", "substatus": "arrived_hub"}, None, False),
        ({"status": Status.ATTEMPT_FAILED}, {}, None, True),
        ({"hub_stay": HubStay(hub_id="MAA-GDY", arrived_at=at(-9))}, {}, None, True),
        ({"hub_stay": HubStay(hub_id="BLR-PNY", arrived_at=at(-9))}, {}, None, False),
        ({"reached": {"out_for_delivery": at(-9)}}, {}, None, True),
        ({"reached": {"in_transit": at(-9)}}, {}, None, False),
        ({"lane": Lane(origin=CHENNAI, destination=CHENNAI)}, {}, None, True),
    ],
)
def test_the_lane_lies_behind_a_parcel_at_its_end_or_back_from_a_tour(fields, scanned, hub_id, is_at_end):
    state = msgspec.structs.replace(WAITING, **fields)
    explanation = forecast({}, state, make_event(0, **scanned), ScanContext(hub_id=hub_id)).eta.explanation
    assert (explanation.legs_ahead, explanation.dwell_ahead_min) == ((1, 29.0) if is_at_end else (2, 29.0))


def test_at_the_last_hub_the_statistics_of_its_tours_set_the_width_of_the_window():
    statistics = {
        tour_key("MAA-GDY"): DurationStatistics(
            mean_log=math.log(60), count=3.5, low_offset=-0.4, high_offset=0.5
        ),
        dwell_key("MAA-GDY"): DurationStatistics(
            mean_log=math.log(60), count=8.0, low_offset=-0.4, high_offset=0.5
        ),
    }
    state = msgspec.structs.replace(WAITING, destination_pin="600032")
    eta = forecast(statistics, state, make_event(0), ScanContext(hub_id="MAA-GDY")).eta
    stay = predict_duration(statistics[dwell_key("MAA-GDY")], TYPICAL_DWELL)
    tour = predict_tour(statistics, "MAA-GDY", at(0), None, None)
    explanation = Explanation(level="hub", count=3, dwell_ahead_min=round(stay.p50, 1), legs_ahead=2)
    assert predicted(eta) == make_eta(sum_spans([stay, tour]), at(0), "hub", explanation)


@pytest.mark.parametrize(("n", "level"), [(2.9, "global"), (3, "hub")])
def test_out_for_delivery_the_window_is_as_sure_as_tours_of_the_hub_are_known(n, level):
    book = {
        tour_key("MAA-GDY"): DurationStatistics(
            mean_log=math.log(60), count=n, low_offset=-0.4, high_offset=0.5
        )
    }
    eta = forecast(book, WAITING, make_event(0, status="out_for_delivery")).eta
    assert eta.explanation == Explanation(level=level, count=int(n), legs_ahead=1)


def test_a_tour_is_known_from_outside_else_as_it_was_when_the_parcel_was_loaded():
    leg = OpenLeg(origin="MAA-GDY", destination="~", departed_at=at(-30), stops_ahead=9)
    state = msgspec.structs.replace(WAITING, status=Status.OUT_FOR_DELIVERY, open_leg=leg)
    known, loaded = (
        forecast({}, state, make_event(0), outside).eta
        for outside in (ScanContext(tour=Tour(stops_ahead=2)), ScanContext())
    )
    spans = [
        predict_tour({}, "MAA-GDY", at(0), Tour(stops_ahead=2), None, 30.0),
        predict_tour({}, "MAA-GDY", at(0), Tour(stops_ahead=9, is_as_loaded=True), None, 30.0),
    ]
    assert [predicted(known), predicted(loaded)] == [
        make_eta(span, at(0), "global", Explanation(level="global", stops_ahead=stops, legs_ahead=1))
        for span, stops in zip(spans, (2, 9), strict=True)
    ]


def test_without_a_lane_the_straight_line_to_the_door_is_the_way():
    state = ShipmentState(shipment_id="123", status=Status.IN_TRANSIT)
    scan = make_event(0, lat=13.0, lon=80.0)
    km = distance_km(13.0, 80.0, 13.1, 80.2)
    eta = forecast({}, state, scan, ScanContext(pin_point=(13.1, 80.2))).eta
    base = free_flow_minutes(km)
    explanation = Explanation(
        level="global",
        count=5,
        base_min=round(base, 1),
        travel_time_ratio=2.1,
        remaining_km=round(km, 1),
        legs_ahead=1,
        residuals_key="lane#r#d#1",
    )
    assert predicted(eta) == make_eta(make_span(base * 2.1, -0.45, 0.60), at(0), "global", explanation)
    blind = [
        forecast({}, state, make_event(0), ScanContext(pin_point=(13.1, 80.2))),
        forecast({}, state, make_event(0, lat=13.0), ScanContext(pin_point=(13.1, 80.2))),
        forecast({}, state, scan),
    ]
    assert blind == [Forecast()] * 3


def test_at_the_door_itself_a_hundred_metres_are_left_of_a_way_without_a_lane():
    state = ShipmentState(shipment_id="123", status=Status.IN_TRANSIT)
    eta = forecast({}, state, make_event(0, lat=13.0, lon=80.0), ScanContext(pin_point=(13.0, 80.0))).eta
    assert (eta.explanation.remaining_km, eta.at) == (
        0.0,
        make_eta(make_span(free_flow_minutes(0.1) * 2.1, -0.45, 0.6), at(0), "global").at,
    )


def test_a_planned_time_is_the_base_of_what_is_ahead_and_a_door_takes_its_share():
    state = msgspec.structs.replace(WAITING, planned_minutes=240)
    door = (CHENNAI.lat, CHENNAI.lon + (CHENNAI.lon - PEENYA.lon))
    whole, half = (
        forecast({}, state, make_event(0), ScanContext(pin_point=to)).eta.explanation for to in (None, door)
    )
    assert (whole.base_from, whole.base_min, half.base_min) == ("planned", 240.0, pytest.approx(120, abs=0.1))


@pytest.mark.parametrize("status", list(Status))
def test_an_arrival_is_foreseen_from_pickup_to_the_last_try(status):
    state = msgspec.structs.replace(WAITING, status=status)
    expected = {"picked_up", "in_transit", "out_for_delivery", "attempt_failed"}
    assert (forecast({}, state, make_event(0)).eta is not None) is (status.value in expected)


def test_a_status_that_may_not_follow_leaves_the_one_there_is():
    delivered = msgspec.structs.replace(WAITING, status=Status.DELIVERED)
    assert forecast({}, delivered, make_event(0, status="in_transit")).eta is None
