"""Sums of ended predictions: what a leg and a delivery add, and under which week, length and hour."""

import math
from datetime import timedelta

import msgspec
import pytest

from tests.events import at
from tests.tracking.eta.test_conformal import LEG
from tracking.domain.legs import RECIPIENT, FirstEstimate
from tracking.eta.learning import learn, list_touched_keys
from tracking.eta.quality import Observation, QualityWeek, Sums, list_observations, quality_key, week_of

# 12:30 on Sunday, 22 November 2026 in India, at minute 0.
WEEK = "2026-W47"
TOUR = msgspec.structs.replace(
    LEG,
    destination=RECIPIENT,
    base_min=0.0,
    spread_key="",
    low_offset=None,
    high_offset=None,
    shipment_id="123",
    first_estimate=FirstEstimate(
        from_=at(400), at=at(450), to=at(500), as_of=at(-120), promised_to=at(479), lane_min=260.2
    ),
)


def test_a_leg_adds_what_was_predicted_at_its_departure():
    low, high = (480 * math.exp(offset) for offset in (-0.3, 0.4))
    assert list(list_observations(LEG)) == [
        Observation(
            f"lane#k#legs#{WEEK}#3",
            12,
            Sums(1.0, 1.0, pytest.approx(0), 480.0, pytest.approx(high - low), 0.0, 0.0),
        )
    ]


def test_a_late_leg_lies_outside_and_its_error_is_counted():
    late = msgspec.structs.replace(LEG, arrived_at=at(900))
    (seen,) = list_observations(late)
    assert (seen.key, seen.sums.inside, seen.sums.error_min) == (
        "lane#k#legs#2026-W48#3",
        0.0,
        pytest.approx(420),
    )


def test_a_delivery_is_compared_with_the_first_window_and_with_the_promise_of_that_time():
    assert list(list_observations(TOUR)) == [
        Observation(f"lane#k#deliveries#{WEEK}#3", 10, Sums(1.0, 1.0, 30.0, 600.0, 100.0, 1.0, 0.0))
    ]


@pytest.mark.parametrize(
    ("leg", "reason"),
    [
        (msgspec.structs.replace(LEG, low_offset=None, high_offset=None), "older version"),
        (msgspec.structs.replace(LEG, spread_key=""), "another hub"),
        (msgspec.structs.replace(TOUR, first_estimate=None), "no window"),
        (msgspec.structs.replace(TOUR, arrived_at=at(-121)), "delivered before it was predicted"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_nothing_is_counted_without_a_prediction(leg, reason):
    assert (list(list_observations(leg)), bool(reason)) == ([], True)


def test_weeks_and_hours_are_those_of_india():
    midnight = at(0) + timedelta(hours=11, minutes=30)
    assert (week_of(midnight - timedelta(seconds=1)), week_of(midnight)) == (WEEK, "2026-W48")
    leg = msgspec.structs.replace(LEG, departed_at=midnight, arrived_at=midnight + timedelta(hours=8))
    (seen,) = list_observations(leg)
    assert (seen.key, seen.hour) == (quality_key("legs", "2026-W48", 3), 0)


def test_sums_of_an_hour_grow_and_other_hours_stay():
    week = QualityWeek().add(5, Sums(1.0, 1.0, 2.0, 3.0, 4.0)).add(5, Sums(1.0, 0.0, 2.0, 3.0, 4.0, 1.0, 1.0))
    assert [week.at_hour(hour) for hour in range(24)] == [
        Sums(2.0, 1.0, 4.0, 6.0, 8.0, 1.0, 1.0) if hour == 5 else Sums() for hour in range(24)
    ]


def test_learning_adds_each_leg_once_to_its_week():
    key = f"lane#k#legs#{WEEK}#3"
    both = learn({}, [LEG, msgspec.structs.replace(LEG, vehicle_id="KA-02")])
    assert both[key].at_hour(12).predicted == 2.0
    assert key in list_touched_keys(LEG)
    assert f"lane#k#deliveries#{WEEK}#3" in list_touched_keys(TOUR)
