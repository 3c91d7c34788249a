"""Hierarchy of travel-time ratios: keys, buckets, and how levels are weighed."""

import math

import msgspec
import pytest

from tracking.domain.legs import LegProfile, bucket_of
from tracking.eta.durations import DurationStatistics
from tracking.eta.lane_keys import list_keys
from tracking.eta.lanes import (
    Level,
    Spread,
    class_key,
    departure_spread_key,
    familiarity_of,
    global_key,
    global_level,
    hub_key,
    is_class_learned,
    lane_class_key,
    lane_key,
    level_at,
    predict_ratio,
    residuals_at,
    spread_at,
)
from tracking.eta.residuals import prior_residuals

PROFILE = LegProfile("BLR", "MAA", "truck", "p", 240.0)
ALL = PROFILE.of_all_classes


def test_keys_are_those_of_the_table():
    assert [global_key("p"), class_key(PROFILE), hub_key(PROFILE), lane_key(PROFILE)] == [
        "lane#g#p",
        "lane#c#p#truck#3",
        "lane#h#p#MAA#3",
        "lane#p#p#BLR#MAA",
    ]
    assert len(set(list_keys(PROFILE))) == len(list_keys(PROFILE)) == 31


@pytest.mark.parametrize(
    ("minutes", "bucket"), [(24.9, 0), (25, 1), (59.9, 1), (60, 2), (199.9, 2), (200, 3), (3000, 3)]
)
def test_the_length_bucket_begins_at_its_limit(minutes, bucket):
    assert bucket_of(minutes) == bucket


def test_without_history_a_leg_is_expected_to_take_about_twice_its_base():
    assert predict_ratio({}, PROFILE) == (
        pytest.approx(math.log(2.1)),
        -0.45,
        0.60,
        "lane#q#p#3#0",
        "global",
        5.0,
    )


def test_a_lane_is_weighed_against_the_levels_above_by_its_legs():
    book = {
        global_key("p"): Level(mean_log=0.8, count=100),
        class_key(ALL): Level(mean_log=0.6, count=20),
        hub_key(PROFILE): Level(mean_log=0.4, count=6),
        lane_key(PROFILE): Level(mean_log=0.1, count=9),
        departure_spread_key("p", 3, 2): Spread(low_offset=-0.1, high_offset=0.2),
    }
    by_class = (0.6 * 20 + 0.8 * 20) / 40
    by_hub = (0.4 * 6 + by_class * 6) / 12
    log_ratio = (0.1 * 9 + by_hub * 3) / 12
    assert predict_ratio(book, PROFILE) == (pytest.approx(log_ratio), -0.1, 0.2, "lane#q#p#3#2", "lane", 9)


def test_planned_and_distance_never_share_a_statistic():
    assert set(list_keys(PROFILE)) & set(list_keys(PROFILE._replace(base_from="d"))) == set()


def test_a_prediction_reads_these_keys_and_no_others():
    of_all_vehicles = [
        "lane#g#p",
        "lane#c#p#any#3",
        *(f"lane#o#p#any#3#t{quarter}" for quarter in range(4)),
        "lane#h#p#MAA#3",
        "lane#p#p#BLR#MAA",
        *(f"lane#q#p#3#{part}" for part in (0, 1, 2, "t0", "t1", "t2", "t3")),
        "lane#r#p#3",
        *(f"lane#r#p#3#t{quarter}" for quarter in range(4)),
        "lane#w#p#3",
        *(f"lane#w#p#3#t{quarter}" for quarter in range(4)),
    ]
    assert list_keys(ALL) == of_all_vehicles
    assert list_keys(PROFILE) == [
        *of_all_vehicles,
        "lane#c#p#truck#3",
        *(f"lane#o#p#truck#3#t{quarter}" for quarter in range(4)),
        "lane#v#p#BLR#MAA#truck",
    ]


def make_lane(mean_log: float, count: float, of_truck: Level) -> dict[str, Level]:
    """Make a lane known well enough that the levels above hardly count, and what trucks took on it."""
    length = Level(mean_log=0.7, count=40)
    return {
        global_key("p"): Level(mean_log=0.7, count=500),
        class_key(ALL): length,
        class_key(PROFILE): length,
        lane_key(PROFILE): Level(mean_log=mean_log, count=count),
        lane_class_key(PROFILE): of_truck,
    }


def predict_difference(statistics) -> float:
    """Return by how much the prediction for a truck differs from that for any vehicle."""
    return predict_ratio(statistics, PROFILE).log_ratio - predict_ratio(statistics, ALL).log_ratio


@pytest.mark.parametrize(("legs", "share"), [(0, 0.0), (1, 1 / 13), (12, 1 / 2), (40, 40 / 52)])
def test_a_class_differs_from_all_vehicles_of_a_lane_as_far_as_its_legs_show(legs, share):
    lane = make_lane(0.7, 40, Level(mean_log=0.9, count=legs))
    assert predict_difference(lane) == pytest.approx(0.2 * share)


def test_a_class_differs_on_legs_of_a_length_before_it_is_known_on_the_lane():
    statistics = {
        class_key(ALL): Level(mean_log=0.7, count=40),
        class_key(PROFILE): Level(mean_log=0.9, count=20),
    }
    assert predict_difference(statistics) == pytest.approx(0.2 * 20 / 40)
    assert predict_difference({class_key(PROFILE): Level(mean_log=0.9, count=20)}) == 0.0


def test_where_all_legs_are_of_one_class_its_predictions_are_those_of_all_vehicles():
    lane = make_lane(0.9, 12, Level(mean_log=0.9, count=12))
    assert predict_ratio(lane, PROFILE) == predict_ratio(lane, ALL)


def test_a_class_without_legs_is_trusted_as_far_as_all_vehicles_are():
    known = {global_key("p"): Level(mean_log=0.7, count=20), class_key(ALL): Level(mean_log=0.7, count=3)}
    assert is_class_learned(known, PROFILE)
    assert not is_class_learned(known | {class_key(ALL): Level(mean_log=0.7, count=2)}, PROFILE)


@pytest.mark.parametrize(("legs", "familiarity"), [(0, 0), (0.99, 0), (1, 1), (5.99, 1), (6, 2), (40, 2)])
def test_familiarity_is_one_from_the_first_leg_and_two_from_the_sixth(legs, familiarity):
    assert familiarity_of(legs) == familiarity


@pytest.mark.parametrize(
    ("legs", "level", "known"),
    [
        ((2.9, 2.9, 2.9), "global", 5.0),
        ((3, 2.9, 2.9), "class", 3),
        ((9, 3, 2.9), "hub", 3),
        ((9, 9, 3), "lane", 3),
        ((0, 0, 9), "lane", 9),
    ],
)
def test_a_prediction_names_the_deepest_level_with_three_legs(legs, level, known):
    levels = (Level(mean_log=0.7, count=number) for number in legs)
    statistics = dict(zip((class_key(ALL), hub_key(PROFILE), lane_key(PROFILE)), levels, strict=True))
    ratio = predict_ratio(statistics, PROFILE)
    assert (ratio.level, ratio.legs) == (level, known)


@pytest.mark.parametrize(("legs", "familiarity"), [((9, 9, 0.9), 0), ((9, 0, 1), 1), ((0, 9, 6), 2)])
def test_the_offsets_are_those_of_the_familiarity_of_the_lane(legs, familiarity):
    levels = (Level(mean_log=0.7, count=number) for number in legs)
    statistics = dict(zip((class_key(ALL), hub_key(PROFILE), lane_key(PROFILE)), levels, strict=True))
    assert predict_ratio(statistics, PROFILE).spread_key == f"lane#q#p#3#{familiarity}"


def test_a_key_with_another_type_of_statistic_reads_as_the_prior():
    level, spread, residuals = (
        Level(mean_log=1.0, count=2.0),
        Spread(low_offset=-1.0, high_offset=1.0),
        prior_residuals().add(1.0),
    )
    statistics = {"level": level, "spread": spread, "residuals": residuals, global_key("p"): level}
    assert (level_at(statistics, "level"), level_at(statistics, "spread")) == (
        level,
        Level(mean_log=0.0, count=0.0),
    )
    assert (global_level(statistics, "p"), global_level(statistics, "d")) == (
        level,
        Level(mean_log=math.log(2.1), count=5.0),
    )
    assert (residuals_at(statistics, "residuals"), residuals_at(statistics, "level")) == (
        residuals,
        prior_residuals(),
    )
    spreads = [
        spread_at(statistics, key, under_way=under_way) for key in ("spread", "level") for under_way in (0, 1)
    ]
    assert spreads == [
        spread,
        spread,
        Spread(low_offset=-0.45, high_offset=0.60, count=0),
        Spread(low_offset=-0.35, high_offset=0.60, count=0),
    ]


def test_statistics_are_stored_under_their_first_names():
    values = [
        Level(mean_log=0.7, count=3.0),
        Spread(low_offset=-0.1, high_offset=0.2, count=7),
        DurationStatistics(mean_log=3.4, count=8.0, low_offset=-0.4, high_offset=0.5),
    ]
    assert [msgspec.to_builtins(value) for value in values] == [
        {"v": 0.7, "n": 3.0},
        {"l10": -0.1, "l90": 0.2, "n": 7.0},
        {"v": 3.4, "n": 8.0, "l10": -0.4, "l90": 0.5},
    ]
