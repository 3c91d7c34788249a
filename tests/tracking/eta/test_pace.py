"""Pace: what the elapsed time of a leg says, and the regression that learns what it is worth."""

import math
from random import Random

import msgspec
import pytest

from tracking.eta.pace import (
    MAX_PACE_COUNT,
    PACE_PRIOR_COUNT,
    PACE_PRIOR_VARIANCE,
    UNLEARNED_PACE,
    UNLEARNED_PACE_OF_CLASS,
    PaceRegression,
    measure_pace,
)


def learn_pace(slope, count=400, offset=0.0, seed=5):
    rng, learned = Random(seed), UNLEARNED_PACE
    for _ in range(count):
        pace = rng.gauss(0.0, 0.25)
        learned = learned.add(pace, offset + slope * pace + rng.gauss(0.0, 0.1))
    return learned


@pytest.mark.parametrize(
    ("done_share", "elapsed_min", "pace"),
    [
        (0.0, 0.0, 0.0),
        (0.5, 50.0, 0.0),
        (0.5, 90.0, math.log(110 / 70)),
        (0.5, 25.0, math.log(45 / 70)),
        (0.0, 20.0, math.log(2)),
        (0.1, 900.0, 0.7),
        (0.9, -5.0, -0.7),
    ],
)
def test_the_pace_compares_elapsed_with_expected_minutes_and_is_bounded(done_share, elapsed_min, pace):
    assert measure_pace(100.0, done_share, elapsed_min) == pytest.approx(pace)


def test_without_observations_a_pace_changes_nothing():
    assert [UNLEARNED_PACE.predict_rest(pace) for pace in (-0.7, 0.0, 0.7)] == [0.0, 0.0, 0.0]


def test_a_rest_that_repeats_the_pace_is_predicted_from_it():
    assert [learn_pace(0.8).predict_rest(pace) for pace in (-0.3, 0.0, 0.3)] == pytest.approx(
        [-0.24, 0.0, 0.24], abs=0.03
    )


def test_a_rest_that_does_not_depend_on_the_pace_is_not():
    assert [learn_pace(0.0).predict_rest(pace) for pace in (-0.3, 0.3)] == pytest.approx([0, 0], abs=0.03)


def test_a_few_observations_are_worth_less_than_many():
    few, many = learn_pace(0.8, count=5), learn_pace(0.8)
    assert 0 < few.predict_rest(0.3) < many.predict_rest(0.3)


@pytest.mark.parametrize(("slope", "expected"), [(-0.5, 0.0), (1.6, 0.3)])
def test_the_slope_is_neither_negative_nor_above_one(slope, expected):
    learned = learn_pace(slope)
    assert learned.predict_rest(0.3) - learned.predict_rest(0.0) == pytest.approx(expected)


def test_one_observation_moves_means_and_moments_by_its_share():
    count = PACE_PRIOR_COUNT + 1
    assert UNLEARNED_PACE.add(0.21, 0.42) == PaceRegression(
        mean_pace=pytest.approx(0.21 / count),
        mean_rest=pytest.approx(0.42 / count),
        variance=pytest.approx(
            PACE_PRIOR_VARIANCE + (0.21 * (0.21 - 0.21 / count) - PACE_PRIOR_VARIANCE) / count
        ),
        covariance=pytest.approx(0.21 * (0.42 - 0.42 / count) / count),
        count=count,
    )


def test_a_breakdown_counts_as_a_bounded_deviation():
    assert UNLEARNED_PACE.add(0.1, 3.0) == UNLEARNED_PACE.add(0.1, 0.5)


def test_the_count_is_capped_so_that_old_observations_fade():
    assert learn_pace(0.5, count=600).count == MAX_PACE_COUNT


def test_a_class_is_pooled_with_all_vehicles_as_if_it_had_seen_forty_of_their_legs():
    """Adding observations one by one to the prior must give the same as pooling their regression with it."""
    of_all, rng = learn_pace(0.8, offset=0.1), Random(7)
    of_class, one_by_one = UNLEARNED_PACE_OF_CLASS, msgspec.structs.replace(of_all, count=PACE_PRIOR_COUNT)
    for _ in range(60):
        pace, rest = rng.gauss(0.2, 0.1), rng.gauss(0.0, 0.1)
        of_class, one_by_one = of_class.add(pace, rest, of_all), one_by_one.add(pace, rest)
    pooled = of_class.pool(of_all)
    assert msgspec.to_builtins(pooled) == pytest.approx(msgspec.to_builtins(one_by_one))


def test_a_class_without_observations_is_worth_what_all_vehicles_are():
    of_all = learn_pace(0.8, offset=0.1)
    pooled = UNLEARNED_PACE_OF_CLASS.pool(of_all)
    assert [pooled.predict_rest(pace) for pace in (-0.3, 0.0, 0.3)] == pytest.approx(
        [of_all.predict_rest(pace) for pace in (-0.3, 0.0, 0.3)]
    )


def test_a_breakdown_of_a_class_counts_as_a_bounded_deviation_from_all_vehicles():
    of_all = learn_pace(0.0, offset=0.2)
    bounded = of_all.predict_rest(0.1) + 0.5
    assert UNLEARNED_PACE_OF_CLASS.add(0.1, 3.0, of_all).mean_rest == pytest.approx(bounded)
