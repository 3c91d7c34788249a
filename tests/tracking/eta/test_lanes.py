"""Hierarchy of travel-time ratios: keys, buckets, and how levels are weighed."""

import math

import pytest

from tracking.domain.legs import LegProfile, bucket_of
from tracking.eta.lanes import (
    Level,
    Spread,
    class_key,
    familiarity_of,
    global_key,
    hub_key,
    lane_key,
    list_keys,
    predict_ratio,
    read_global,
    read_level,
    read_residuals,
    read_spread,
    spread_key,
)
from tracking.eta.residuals import prior_residuals

PROFILE = LegProfile("BLR", "MAA", "truck", "p", 240.0)


def test_keys_are_those_of_the_table():
    assert [global_key("p"), class_key(PROFILE), hub_key(PROFILE), lane_key(PROFILE)] == [
        "lane#g#p",
        "lane#c#p#truck#3",
        "lane#h#p#MAA#3",
        "lane#p#p#BLR#MAA",
    ]
    assert len(set(list_keys(PROFILE))) == len(list_keys(PROFILE)) == 16


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
        global_key("p"): Level(v=0.8, n=100),
        class_key(PROFILE): Level(v=0.6, n=20),
        hub_key(PROFILE): Level(v=0.4, n=6),
        lane_key(PROFILE): Level(v=0.1, n=9),
        spread_key("p", 3, 2): Spread(l10=-0.1, l90=0.2),
    }
    by_class = (0.6 * 20 + 0.8 * 20) / 40
    by_hub = (0.4 * 6 + by_class * 6) / 12
    mu = (0.1 * 9 + by_hub * 3) / 12
    assert predict_ratio(book, PROFILE) == (pytest.approx(mu), -0.1, 0.2, "lane#q#p#3#2", "lane", 9)


def test_planned_and_distance_never_share_a_statistic():
    assert set(list_keys(PROFILE)) & set(list_keys(PROFILE._replace(basis="d"))) == set()


def test_a_prediction_reads_these_keys_and_no_others():
    assert list_keys(PROFILE) == [
        "lane#g#p",
        "lane#c#p#truck#3",
        "lane#h#p#MAA#3",
        "lane#p#p#BLR#MAA",
        "lane#q#p#3#0",
        "lane#q#p#3#1",
        "lane#q#p#3#2",
        "lane#q#p#3#t0",
        "lane#q#p#3#t1",
        "lane#q#p#3#t2",
        "lane#q#p#3#t3",
        "lane#r#p#3",
        "lane#r#p#3#t0",
        "lane#r#p#3#t1",
        "lane#r#p#3#t2",
        "lane#r#p#3#t3",
    ]


@pytest.mark.parametrize(("legs", "familiarity"), [(0, 0), (0.99, 0), (1, 1), (5.99, 1), (6, 2), (40, 2)])
def test_familiarity_is_one_from_the_first_leg_and_two_from_the_sixth(legs, familiarity):
    assert familiarity_of(legs) == familiarity


@pytest.mark.parametrize(
    ("legs", "depth", "known"),
    [
        ((2.9, 2.9, 2.9), "global", 5.0),
        ((3, 2.9, 2.9), "class", 3),
        ((9, 3, 2.9), "hub", 3),
        ((9, 9, 3), "lane", 3),
        ((0, 0, 9), "lane", 9),
    ],
)
def test_a_prediction_names_the_deepest_level_with_three_legs(legs, depth, known):
    levels = (Level(v=0.7, n=number) for number in legs)
    statistics = dict(zip((class_key(PROFILE), hub_key(PROFILE), lane_key(PROFILE)), levels, strict=True))
    ratio = predict_ratio(statistics, PROFILE)
    assert (ratio.depth, ratio.n) == (depth, known)


@pytest.mark.parametrize(("legs", "familiarity"), [((9, 9, 0.9), 0), ((9, 0, 1), 1), ((0, 9, 6), 2)])
def test_the_offsets_are_those_of_the_familiarity_of_the_lane(legs, familiarity):
    levels = (Level(v=0.7, n=number) for number in legs)
    statistics = dict(zip((class_key(PROFILE), hub_key(PROFILE), lane_key(PROFILE)), levels, strict=True))
    assert predict_ratio(statistics, PROFILE).group == f"lane#q#p#3#{familiarity}"


def test_a_key_with_another_type_of_statistic_reads_as_the_prior():
    level, spread, residuals = Level(v=1.0, n=2.0), Spread(l10=-1.0, l90=1.0), prior_residuals().add(1.0)
    statistics = {"level": level, "spread": spread, "residuals": residuals, global_key("p"): level}
    assert (read_level(statistics, "level"), read_level(statistics, "spread")) == (level, Level(v=0.0, n=0.0))
    assert (read_global(statistics, "p"), read_global(statistics, "d")) == (
        level,
        Level(v=math.log(2.1), n=5.0),
    )
    assert (read_residuals(statistics, "residuals"), read_residuals(statistics, "level")) == (
        residuals,
        prior_residuals(),
    )
    spreads = [
        read_spread(statistics, key, under_way=under_way)
        for key in ("spread", "level")
        for under_way in (0, 1)
    ]
    assert spreads == [spread, spread, Spread(l10=-0.45, l90=0.60), Spread(l10=-0.35, l90=0.60)]
