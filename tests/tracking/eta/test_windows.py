"""Windows: in order, never past, and published again only when they have moved."""

import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.events import at
from tracking.domain.events import Eta, Explanation
from tracking.domain.legs import LegProfile
from tracking.eta.lanes import Spread, predict_ratio, under_way_spread_key
from tracking.eta.residuals import prior_residuals
from tracking.eta.spans import Span, condition_on_elapsed, share_longer_than, sum_spans
from tracking.eta.windows import (
    make_eta,
    predict_full_leg,
    predict_remaining,
    predict_without_position,
    quarter_of_leg,
)

PROFILE = LegProfile("BLR", "MAA", "truck", "p", 240.0)
RATIO = predict_ratio({}, PROFILE)
minutes = st.floats(0, 20_000, allow_nan=False)


def test_a_leg_that_begins_now_has_the_window_of_its_pace():
    assert predict_full_leg(RATIO, 240.0) == pytest.approx((504 * math.exp(-0.45), 504, 504 * math.exp(0.6)))


def test_what_is_left_shrinks_with_the_way_and_takes_the_offsets_of_its_quarter():
    rest = predict_remaining({}, PROFILE, RATIO, 60.0)
    assert rest == pytest.approx((126 * math.exp(-0.35), 126, 126 * math.exp(0.6)))
    assert [quarter_of_leg(PROFILE, left) for left in (250, 240, 179, 60, 1)] == [0, 0, 1, 3, 3]


def test_silence_shortens_what_is_left_by_less_and_less():
    middles = [predict_without_position({}, PROFILE, RATIO, elapsed).p50 for elapsed in (0, 200, 500, 900)]
    assert middles == pytest.approx([504, 305, 187, 171], rel=0.01)


def test_parts_of_a_way_add_up_in_the_middle_and_in_quadrature_at_the_ends():
    assert sum_spans([Span(30, 60, 100), Span(60, 100, 130)]) == pytest.approx((110, 160, 210))


@given(minutes, minutes, minutes)
def test_a_window_is_in_order_never_past_and_never_narrower_than_five_minutes(one, two, three):
    eta = make_eta(Span(*sorted((one, two, three))), at(0), "lane")
    assert at(0) <= eta.from_ <= eta.at <= eta.to
    assert eta.to - eta.from_ >= timedelta(minutes=5)


@given(st.floats(1, 3000), st.floats(0, 30_000))
def test_whatever_the_silence_the_window_stays_in_order(expected, elapsed):
    span = condition_on_elapsed(prior_residuals(), expected, elapsed)
    assert 0 <= span.p10 <= span.p50 <= span.p90


def test_the_chance_to_take_longer_runs_through_the_three_points():
    span = Span(60, 100, 180)
    shares = [share_longer_than(span, minutes) for minutes in (0, 60, 100, 180)]
    assert shares == pytest.approx([1.0, 0.9, 0.5, 0.1])


@pytest.mark.parametrize(
    ("left", "quarter"),
    [(240, 0), (180.1, 0), (180, 1), (120.1, 1), (120, 2), (60.1, 2), (60, 3), (0, 3), (300, 0), (-20, 3)],
)
def test_a_leg_has_four_quarters_and_every_remainder_is_in_one_of_them(left, quarter):
    assert quarter_of_leg(PROFILE, left) == quarter


def test_offsets_under_way_are_those_of_the_quarter():
    statistics = {under_way_spread_key("p", 3, 3): Spread(low_offset=-0.1, high_offset=0.2)}
    rest = [predict_remaining(statistics, PROFILE, RATIO, left) for left in (60.0, 61.0)]
    assert [span.p10 / span.p50 for span in rest] == pytest.approx([math.exp(-0.1), math.exp(-0.35)])


@pytest.mark.parametrize(
    ("span", "seconds"),
    [
        (Span(10, 20, 30), (600, 1200, 1800)),
        (Span(10.004, 20.01, 30), (600, 1201, 1800)),
        (Span(10, 11, 12), (600, 660, 900)),
        (Span(10, 9, 12), (600, 600, 900)),
        (Span(10, 20, 9), (600, 1200, 1200)),
    ],
)
def test_a_window_has_whole_seconds_in_order_and_is_at_least_five_minutes_wide(span, seconds):
    from_, middle, to = (at(second / 60) for second in seconds)
    assert make_eta(span, at(0), "lane") == Eta(
        from_=from_, at=middle, to=to, as_of=at(0), confidence="high", explanation=None
    )


@pytest.mark.parametrize(
    ("level", "confidence"), [("lane", "high"), ("hub", "medium"), ("class", "medium"), ("global", "low")]
)
def test_the_confidence_of_a_window_follows_the_depth_of_its_history(level, confidence):
    explanation = Explanation(level=level)
    made = make_eta(Span(1, 2, 3), at(0), level, explanation)
    assert (made.confidence, made.explanation) == (confidence, explanation)
