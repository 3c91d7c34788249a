"""Conformal widening: windows widen while too many arrivals lie outside, within bounds, and narrow again."""

import math
from random import Random

import msgspec
import pytest

from tests.events import at
from tracking.domain.legs import FinishedLeg, LegProfile, QuarterPrediction
from tracking.eta.conformal import MAX_EXCESS, Widening, update_widening, widening_at, widening_key
from tracking.eta.lanes import departure_residuals_key, predict_ratio, under_way_residuals_key
from tracking.eta.learning import learn, list_touched_keys
from tracking.eta.spans import Span, find_offsets, make_span, widen_span
from tracking.eta.windows import predict_remaining, predict_without_position

PROFILE = LegProfile("BLR", "MAA", "any", "d", 240.0)
DEPARTURE = departure_residuals_key("d", 3)
# Excess at which windows are widened by a fifth.
BY_A_FIFTH = Widening(excess=30.0, count=300.0)
LEG = FinishedLeg(
    origin="BLR",
    destination="MAA",
    vehicle_class="any",
    base_from="d",
    base_min=240.0,
    departed_at=at(0),
    arrived_at=at(480),
    log_ratio=math.log(2.0),
    spread_key="lane#q#d#3#0",
    low_offset=-0.3,
    high_offset=0.4,
    vehicle_id="KA-01",
)


def test_an_arrival_outside_adds_four_fifths_and_one_inside_takes_off_one_fifth():
    outside = update_widening(Widening(excess=3.0, count=9.0), is_inside=False)
    inside = update_widening(Widening(excess=3.0, count=9.0), is_inside=True)
    assert (outside, inside) == (
        Widening(excess=pytest.approx(3.8), count=10.0),
        Widening(excess=pytest.approx(2.8), count=10.0),
    )


@pytest.mark.parametrize(
    ("excess", "factor", "shown"),
    [(0.0, 1.0, None), (10.0, 1.0, None), (20.0, 1.1, 1.1), (30.0, 1.2, 1.2), (MAX_EXCESS, 1.6, 1.6)],
)
def test_the_factor_begins_to_rise_beyond_the_slack(excess, factor, shown):
    widening = Widening(excess=excess)
    assert (widening.factor, widening.shown_factor) == (pytest.approx(factor), shown)


def test_the_excess_stays_within_its_bounds():
    low, high = Widening(), Widening(excess=MAX_EXCESS)
    assert update_widening(low, is_inside=True).excess == 0.0
    assert update_widening(high, is_inside=False).excess == MAX_EXCESS


def run(sigma_by_time, *, count: int, seed: int) -> tuple[float, float]:
    """Return the share inside of the last half and the last factor; offsets are those of sigma 1."""
    draw, widening, inside = Random(seed), Widening(), []
    for number in range(count):
        is_inside = abs(draw.gauss(0, sigma_by_time(number / count))) <= 1.2816 * widening.factor
        inside.append(is_inside)
        widening = update_widening(widening, is_inside=is_inside)
    half = inside[count // 2 :]
    return sum(half) / len(half), widening.factor


def test_windows_that_are_too_narrow_widen_until_four_of_five_arrivals_lie_inside():
    share, factor = run(lambda _: 1.25, count=6000, seed=1)
    assert (share, factor) == (pytest.approx(0.80, abs=0.01), pytest.approx(1.25, abs=0.12))


def test_windows_that_are_wide_enough_stay_as_they_are():
    share, factor = run(lambda _: 0.95, count=6000, seed=2)
    assert (share, factor) == (pytest.approx(0.82, abs=0.015), pytest.approx(1.0, abs=0.02))


def test_windows_narrow_again_when_the_world_calms_down():
    _, factor = run(lambda time: 1.4 if time < 0.5 else 0.9, count=12_000, seed=3)
    assert factor == pytest.approx(1.0, abs=0.02)


def test_a_widening_belongs_to_its_length_and_its_part_of_the_way():
    keys = [widening_key(key) for key in (DEPARTURE, under_way_residuals_key("d", 3, 2))]
    assert keys == ["lane#w#d#3", "lane#w#d#3#t2"]


def test_the_window_at_departure_is_widened_and_its_middle_stays():
    plain, wide = predict_ratio({}, PROFILE), predict_ratio({"lane#w#d#3": BY_A_FIFTH}, PROFILE)
    assert wide == plain._replace(
        low_offset=pytest.approx(1.2 * plain.low_offset), high_offset=pytest.approx(1.2 * plain.high_offset)
    )


def test_a_window_under_way_is_widened_by_that_of_its_quarter():
    ratio = predict_ratio({}, PROFILE)
    statistics = {"lane#w#d#3#t2": BY_A_FIFTH}
    second, third = (predict_remaining(statistics, PROFILE, ratio, left) for left in (150.0, 100.0))
    assert find_offsets(second) == pytest.approx((-0.35, 0.60))
    assert find_offsets(third) == pytest.approx((1.2 * -0.35, 1.2 * 0.60))


def test_a_window_without_a_position_is_widened_by_that_of_the_departure():
    ratio = predict_ratio({}, PROFILE)
    plain = predict_without_position({}, PROFILE, ratio, 60.0)
    wide = predict_without_position({"lane#w#d#3": BY_A_FIFTH}, PROFILE, ratio, 60.0)
    assert wide == widen_span(plain, BY_A_FIFTH.factor)
    assert (wide.p10 < plain.p10, wide.p50 == plain.p50, wide.p90 > plain.p90) == (True, True, True)


def test_offsets_of_a_span_make_it_again_and_a_span_at_its_end_stays():
    span = Span(40.0, 60.0, 100.0)
    assert make_span(60.0, *find_offsets(span)) == pytest.approx(span)
    assert widen_span(Span(0.0, 0.0, 9.0), 1.2) == Span(0.0, 0.0, 9.0)


def test_a_finished_leg_compares_the_windows_that_were_shown():
    under_way = (
        QuarterPrediction(
            quarter=0, at=at(60), base_min=200.0, log_ratio=0.7, low_offset=-0.1, high_offset=0.1
        ),
        QuarterPrediction(
            quarter=3, at=at(470), base_min=2.0, log_ratio=0.7, low_offset=-0.1, high_offset=0.1
        ),
    )
    leg = msgspec.structs.replace(LEG, under_way=under_way)
    changed = learn({"lane#w#d#3": BY_A_FIFTH}, [leg])
    assert {key: value for key, value in changed.items() if "#w#" in key} == {
        "lane#w#d#3": Widening(excess=pytest.approx(29.8), count=301.0),
        "lane#w#d#3#t0": Widening(excess=0.0, count=1.0),
        "lane#w#d#3#t3": Widening(excess=pytest.approx(0.8), count=1.0),
    }
    assert sorted(changed) == sorted(list_touched_keys(leg))


@pytest.mark.parametrize(
    "unknown", [{"low_offset": None, "high_offset": None}, {"spread_key": ""}], ids=["older", "elsewhere"]
)
def test_a_leg_whose_window_is_unknown_changes_no_widening(unknown):
    leg = msgspec.structs.replace(LEG, **unknown)
    assert [key for key in learn({}, [leg]) if "#w#" in key] == []
    assert widening_at({}, DEPARTURE) == Widening()


def test_a_window_without_residuals_reads_no_statistic():
    read: list[str] = []

    class Statistics(dict):
        def get(self, key, default=None):
            read.append(key)
            return super().get(key, default)

    assert (widening_at(Statistics(), ""), read) == (Widening(), [])
    assert (widening_at(Statistics(), DEPARTURE), read) == (Widening(), [widening_key(DEPARTURE)])
