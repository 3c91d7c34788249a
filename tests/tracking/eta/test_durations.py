"""Duration statistics: their keys, the typical durations, and how one more time moves them."""

import math

import pytest

from tests.events import at
from tracking.eta.durations import (
    TYPICAL_DWELL,
    TYPICAL_STOP,
    TYPICAL_TOUR,
    DurationStatistics,
    TypicalDuration,
    add_duration,
    durations_at,
    dwell_key,
    predict_duration,
    predict_log_minutes,
    stop_key,
    tour_key,
    unlearned_statistics,
)

KNOWN = DurationStatistics(mean_log=math.log(60), count=8.0, low_offset=-0.4, high_offset=0.5)


def test_what_is_typical_was_measured_once():
    assert TypicalDuration(p10=10.0, p50=29.0, p90=143.0) == TYPICAL_DWELL
    assert TypicalDuration(p10=30.0, p50=150.0, p90=420.0) == TYPICAL_TOUR
    assert TypicalDuration(p10=1.8, p50=4.8, p90=10.0) == TYPICAL_STOP


@pytest.mark.parametrize(
    ("minutes", "part"),
    # The story begins at half past twelve in India.
    [(-30 - 8 * 60 - 1, 0), (-30 - 8 * 60, 1), (-31, 2), (-30, 3), (209, 3), (210, 4), (449, 4), (450, 5)],
)
def test_minutes_a_stop_are_kept_by_six_parts_of_the_indian_day(minutes, part):
    assert stop_key("BLR", at(minutes)) == f"lane#s#BLR#{part}"


def test_unknown_dwell_statistics_are_the_typical_ones_of_their_kind():
    keys = {
        dwell_key("BLR"): TYPICAL_DWELL,
        tour_key("BLR"): TYPICAL_TOUR,
        stop_key("BLR", at(0)): TYPICAL_STOP,
    }
    assert [*keys][:2] == ["lane#d#BLR", "lane#t#BLR"]
    for key, typical in keys.items():
        middle = math.log(typical.p50)
        wanted = DurationStatistics(
            mean_log=middle,
            count=0.0,
            low_offset=math.log(typical.p10) - middle,
            high_offset=math.log(typical.p90) - middle,
        )
        assert durations_at({}, key) == unlearned_statistics(typical) == wanted
    assert durations_at({"lane#d#BLR": KNOWN}, "lane#d#BLR") == KNOWN
    assert durations_at({}, "lane#d#BLR", TYPICAL_TOUR) == unlearned_statistics(TYPICAL_TOUR)


def test_what_is_expected_is_weighed_against_what_is_typical_as_eight_legs():
    middle = (math.log(60) * 8 + math.log(29) * 8) / 16
    assert predict_log_minutes(KNOWN, TYPICAL_DWELL) == pytest.approx(middle)
    assert predict_duration(KNOWN, TYPICAL_DWELL) == pytest.approx(
        (math.exp(middle - 0.4), math.exp(middle), math.exp(middle + 0.5))
    )


@pytest.mark.parametrize(
    ("minutes", "low_offset", "high_offset"),
    [
        (5, -0.4 + 0.04 * (0.1 - 1), 0.5 + 0.04 * (0.9 - 1)),  # below both ends
        (42, -0.4 + 0.04 * 0.1, 0.5 + 0.04 * (0.9 - 1)),  # between them
        (600, -0.4 + 0.04 * 0.1, 0.5 + 0.04 * 0.9),  # beyond both
    ],
)
def test_one_more_time_pulls_the_mean_and_each_end_towards_its_quantile(minutes, low_offset, high_offset):
    assert add_duration(KNOWN, TYPICAL_DWELL, minutes) == DurationStatistics(
        mean_log=pytest.approx(math.log(60) + (math.log(minutes) - math.log(60)) / 9),
        count=9.0,
        low_offset=pytest.approx(low_offset),
        high_offset=pytest.approx(high_offset),
    )


@pytest.mark.parametrize(("minutes", "counted"), [(0.0, 1.0), (0.9, 1.0), (1440, 1440.0), (5000, 1440.0)])
def test_less_than_a_minute_counts_as_one_and_more_than_a_day_as_a_day(minutes, counted):
    first = add_duration(unlearned_statistics(TYPICAL_DWELL), TYPICAL_DWELL, minutes)
    assert (first.mean_log, first.count) == (pytest.approx(math.log(counted)), 1.0)


def test_dwell_statistics_never_weigh_more_than_forty_times_and_their_ends_never_reach_the_middle():
    full = DurationStatistics(mean_log=math.log(60), count=40.0, low_offset=-0.02, high_offset=0.02)
    after = add_duration(full, TYPICAL_DWELL, math.exp(predict_log_minutes(full, TYPICAL_DWELL)))
    assert (after.count, after.low_offset, after.high_offset) == (40.0, -0.02, 0.02)
