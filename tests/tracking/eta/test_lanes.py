"""Hierarchy of travel-time ratios: keys, buckets, and how levels are weighed."""

import math

import msgspec
import pytest

from tracking.domain.legs import LegProfile, bucket_of
from tracking.eta.durations import DurationStatistics
from tracking.eta.lanes import (
    Level,
    Spread,
    class_key,
    departure_spread_key,
    global_key,
    hub_key,
    lane_key,
    list_keys,
    predict_ratio,
)

RUN = LegProfile("BLR", "MAA", "truck", "p", 240.0)


def test_keys_are_those_of_the_table():
    assert [global_key("p"), class_key(RUN), hub_key(RUN), lane_key(RUN)] == [
        "lane#g#p",
        "lane#c#p#truck#3",
        "lane#h#p#MAA#3",
        "lane#p#p#BLR#MAA",
    ]
    assert len(set(list_keys(RUN))) == len(list_keys(RUN)) == 16


@pytest.mark.parametrize(("minutes", "bucket"), [(24.9, 0), (25, 1), (59.9, 1), (60, 2), (200, 3), (3000, 3)])
def test_the_length_bucket_begins_at_its_limit(minutes, bucket):
    assert bucket_of(minutes) == bucket


def test_without_history_a_leg_is_expected_to_take_about_twice_its_base():
    assert predict_ratio({}, RUN) == (
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
        class_key(RUN): Level(mean_log=0.6, count=20),
        hub_key(RUN): Level(mean_log=0.4, count=6),
        lane_key(RUN): Level(mean_log=0.1, count=9),
        departure_spread_key("p", 3, 2): Spread(low_offset=-0.1, high_offset=0.2),
    }
    by_class = (0.6 * 20 + 0.8 * 20) / 40
    by_hub = (0.4 * 6 + by_class * 6) / 12
    log_ratio = (0.1 * 9 + by_hub * 3) / 12
    assert predict_ratio(book, RUN) == (pytest.approx(log_ratio), -0.1, 0.2, "lane#q#p#3#2", "lane", 9)


def test_planned_and_distance_never_share_a_statistic():
    assert set(list_keys(RUN)) & set(list_keys(RUN._replace(base_from="d"))) == set()


def test_statistics_are_stored_under_their_first_names():
    values = [
        Level(mean_log=0.7, count=3.0),
        Spread(low_offset=-0.1, high_offset=0.2),
        DurationStatistics(mean_log=3.4, count=8.0, low_offset=-0.4, high_offset=0.5),
    ]
    assert [msgspec.to_builtins(value) for value in values] == [
        {"v": 0.7, "n": 3.0},
        {"l10": -0.1, "l90": 0.2},
        {"v": 3.4, "n": 8.0, "l10": -0.4, "l90": 0.5},
    ]
