"""Habits: their keys, what is typical, and how one more time moves them."""

import math

import pytest

from tests.events import at
from tracking.eta.dwell import (
    DWELL,
    STOP,
    TOUR,
    DurationStatistics,
    TypicalDuration,
    add_duration,
    dwell_key,
    estimate_log_minutes,
    estimate_span,
    read_durations,
    start_statistics,
    stop_key,
    tour_key,
)

KNOWN = DurationStatistics(v=math.log(60), n=8.0, l10=-0.4, l90=0.5)


def test_what_is_typical_was_measured_once():
    assert TypicalDuration(p10=10.0, p50=29.0, p90=143.0) == DWELL
    assert TypicalDuration(p10=30.0, p50=150.0, p90=420.0) == TOUR
    assert TypicalDuration(p10=1.8, p50=4.8, p90=10.0) == STOP


@pytest.mark.parametrize(
    ("minutes", "part"),
    # The story begins at half past twelve in India.
    [(-30 - 8 * 60 - 1, 0), (-30 - 8 * 60, 1), (-31, 2), (-30, 3), (209, 3), (210, 4), (449, 4), (450, 5)],
)
def test_minutes_a_stop_are_kept_by_six_parts_of_the_indian_day(minutes, part):
    assert stop_key("BLR", at(minutes)) == f"lane#s#BLR#{part}"


def test_unknown_dwell_statistics_are_the_typical_ones_of_their_kind():
    keys = {dwell_key("BLR"): DWELL, tour_key("BLR"): TOUR, stop_key("BLR", at(0)): STOP}
    assert [*keys][:2] == ["lane#d#BLR", "lane#t#BLR"]
    for key, typical in keys.items():
        middle = math.log(typical.p50)
        wanted = DurationStatistics(
            v=middle, n=0.0, l10=math.log(typical.p10) - middle, l90=math.log(typical.p90) - middle
        )
        assert read_durations({}, key) == start_statistics(typical) == wanted
    assert read_durations({"lane#d#BLR": KNOWN}, "lane#d#BLR") == KNOWN
    assert read_durations({}, "lane#d#BLR", TOUR) == start_statistics(TOUR)


def test_what_is_expected_is_weighed_against_what_is_typical_as_eight_legs():
    middle = (math.log(60) * 8 + math.log(29) * 8) / 16
    assert estimate_log_minutes(KNOWN, DWELL) == pytest.approx(middle)
    assert estimate_span(KNOWN, DWELL) == pytest.approx(
        (math.exp(middle - 0.4), math.exp(middle), math.exp(middle + 0.5))
    )


@pytest.mark.parametrize(
    ("minutes", "l10", "l90"),
    [
        (5, -0.4 + 0.04 * (0.1 - 1), 0.5 + 0.04 * (0.9 - 1)),  # below both ends
        (42, -0.4 + 0.04 * 0.1, 0.5 + 0.04 * (0.9 - 1)),  # between them
        (600, -0.4 + 0.04 * 0.1, 0.5 + 0.04 * 0.9),  # beyond both
    ],
)
def test_one_more_time_pulls_the_mean_and_each_end_towards_its_quantile(minutes, l10, l90):
    assert add_duration(KNOWN, DWELL, minutes) == DurationStatistics(
        v=pytest.approx(math.log(60) + (math.log(minutes) - math.log(60)) / 9),
        n=9.0,
        l10=pytest.approx(l10),
        l90=pytest.approx(l90),
    )


@pytest.mark.parametrize(("minutes", "counted"), [(0.0, 1.0), (0.9, 1.0), (1440, 1440.0), (5000, 1440.0)])
def test_less_than_a_minute_counts_as_one_and_more_than_a_day_as_a_day(minutes, counted):
    first = add_duration(start_statistics(DWELL), DWELL, minutes)
    assert (first.v, first.n) == (pytest.approx(math.log(counted)), 1.0)


def test_dwell_statistics_never_weigh_more_than_forty_times_and_their_ends_never_reach_the_middle():
    full = DurationStatistics(v=math.log(60), n=40.0, l10=-0.02, l90=0.02)
    after = add_duration(full, DWELL, math.exp(estimate_log_minutes(full, DWELL)))
    assert (after.n, after.l10, after.l90) == (40.0, -0.02, 0.02)
