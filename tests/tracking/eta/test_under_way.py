"""Legs under way: the rest follows the pace where that was learned; predictions are kept to learn from."""

import math

import msgspec
import pytest

from tests.events import at
from tracking.domain.legs import FinishedLeg, LegProfile, QuarterPrediction
from tracking.eta.lanes import pace_key, predict_ratio
from tracking.eta.learning import learn, list_touched_keys
from tracking.eta.pace import UNLEARNED_PACE, UNLEARNED_PACE_OF_CLASS, PaceRegression
from tracking.eta.spans import make_span
from tracking.eta.under_way import RestPrediction, add_prediction, adjust_to_pace

PROFILE = LegProfile("BLR", "MAA", "truck", "p", 240.0)
RATIO = predict_ratio({}, PROFILE)
REST = RestPrediction(RATIO, 120.0, 0.2, 0.1)
SPAN = make_span(252.0, -0.4, 0.5)


def drive(number, minutes_by_quarter):
    """Return a finished leg with a prediction in each quarter after the first, made without adjustment."""
    elapsed = [sum(minutes_by_quarter[:quarter]) for quarter in range(5)]
    predictions = ()
    departed_at = at(number * 1440)
    for quarter in (1, 2, 3):
        rest = adjust_to_pace({}, PROFILE, RATIO, 240.0 * (1 - quarter / 4), elapsed[quarter])
        moment = at(number * 1440 + elapsed[quarter])
        predictions = add_prediction(predictions, PROFILE, rest, moment, SPAN)
    return FinishedLeg(
        origin="BLR",
        destination="MAA",
        vehicle_class="truck",
        base_from="p",
        base_min=240.0,
        departed_at=departed_at,
        arrived_at=at(number * 1440 + elapsed[4]),
        log_ratio=RATIO.log_ratio,
        under_way=predictions,
    )


def test_without_statistics_the_elapsed_time_changes_nothing():
    rests = [adjust_to_pace({}, PROFILE, RATIO, 120.0, elapsed) for elapsed in (100.0, 252.0, 600.0)]
    assert [rest.ratio for rest in rests] == [RATIO] * 3
    paces = [math.log((elapsed + 100.8) / 352.8) for elapsed in (100.0, 252.0, 600.0)]
    assert [(rest.remaining_min, rest.pace, rest.adjustment) for rest in rests] == [
        (120.0, pytest.approx(pace), 0.0) for pace in paces
    ]


def test_the_worth_of_a_pace_is_that_of_the_class_the_length_and_the_quarter():
    statistics = {pace_key(PROFILE, 2): PaceRegression(covariance=0.03)}
    other = PROFILE._replace(vehicle_class="feeder")
    adjusted = [
        adjust_to_pace(statistics, profile, RATIO, left, 400.0).adjustment
        for profile, left in ((PROFILE, 120.0), (PROFILE, 121.0), (other, 120.0))
    ]
    # Half of the observations are those of the class, half of them have no effect.
    assert adjusted == [pytest.approx(0.3 * math.log(500.8 / 352.8)), 0.0, 0.0]


def test_a_class_without_a_pace_of_its_own_follows_that_of_all_vehicles():
    statistics = {pace_key(PROFILE.of_all_classes, 2): PaceRegression(covariance=0.03)}
    adjusted = adjust_to_pace(statistics, PROFILE, RATIO, 120.0, 400.0).adjustment
    assert adjusted == pytest.approx(0.6 * math.log(500.8 / 352.8))


def test_drives_that_stay_slow_teach_to_follow_the_pace():
    statistics = {}
    for number in range(200):
        minutes = 126.0 * (0.8, 1.0, 1.3)[number % 3]
        statistics |= learn(statistics, [drive(number, [minutes] * 4)])
    slow = adjust_to_pace(statistics, PROFILE, RATIO, 120.0, 1.3 * 252.0)
    fast = adjust_to_pace(statistics, PROFILE, RATIO, 120.0, 0.8 * 252.0)
    assert slow.adjustment > 0.5 * math.log(1.3)
    assert fast.adjustment < 0.5 * math.log(0.8)


def test_queues_at_the_start_teach_not_to_follow_the_pace():
    statistics = {}
    for number in range(200):
        waited = (0.0, 60.0, 120.0)[number % 3]
        statistics |= learn(statistics, [drive(number, [126.0 + waited, 126.0, 126.0, 126.0])])
    rest = adjust_to_pace(statistics, PROFILE, RATIO, 120.0, 252.0 + 120.0)
    assert rest.adjustment == pytest.approx(0.0, abs=0.02)


def test_the_first_prediction_of_each_eighth_of_a_leg_is_kept():
    kept = ()
    for left in (240.0, 230.0, 211.0, 210.0, 185.0, 180.0, 5.0, 0.0):
        kept = add_prediction(
            kept, PROFILE, msgspec.structs.replace(REST, remaining_min=left), at(240 - left), SPAN
        )
    assert [(each.quarter, each.base_min) for each in kept] == [(0, 240.0), (0, 210.0), (1, 180.0), (3, 5.0)]


def test_a_kept_prediction_holds_what_is_learned_from_it():
    assert add_prediction((), PROFILE, REST, at(9), SPAN) == (
        QuarterPrediction(
            quarter=2,
            at=at(9),
            base_min=120.0,
            log_ratio=round(RATIO.log_ratio, 6),
            pace=0.2,
            adjustment=0.1,
            low_offset=-0.4,
            high_offset=0.5,
        ),
    )


def test_the_rest_is_learned_against_the_ratio_before_the_adjustment():
    prediction = QuarterPrediction(
        quarter=2, at=at(300), base_min=100.0, log_ratio=0.5, pace=0.2, adjustment=0.1
    )
    leg = msgspec.structs.replace(drive(0, [120.0] * 4), under_way=(prediction,), arrived_at=at(480))
    changed = learn({}, [leg])
    rest = math.log(180 / 100) - 0.4
    assert changed[pace_key(PROFILE.of_all_classes, 2)] == UNLEARNED_PACE.add(0.2, rest)
    assert changed[pace_key(PROFILE, 2)] == UNLEARNED_PACE_OF_CLASS.add(0.2, rest, UNLEARNED_PACE)
    assert sorted(changed) == sorted(list_touched_keys(leg))


def test_a_prediction_stored_without_a_pace_teaches_no_pace():
    prediction = QuarterPrediction(quarter=2, at=at(300), base_min=100.0, log_ratio=0.5)
    leg = msgspec.structs.replace(drive(0, [120.0] * 4), under_way=(prediction,))
    assert {pace_key(PROFILE, 2), pace_key(PROFILE.of_all_classes, 2)}.isdisjoint(learn({}, [leg]))
