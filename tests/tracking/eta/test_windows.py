"""Windows: in order, never past, and published again only when they have moved."""

import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.events import at
from tracking.domain.events import Eta, Window
from tracking.domain.expected_arrival import is_worth_notifying
from tracking.domain.legs import LegProfile
from tracking.eta.lanes import predict_ratio
from tracking.eta.residuals import prior_residuals
from tracking.eta.spans import Span, condition_on_elapsed, share_longer_than, sum_spans
from tracking.eta.windows import (
    make_eta,
    predict_full_leg,
    predict_remaining,
    predict_without_position,
    quarter_of_leg,
)

RUN = LegProfile("BLR", "MAA", "truck", "p", 240.0)
PACE = predict_ratio({}, RUN)
minutes = st.floats(0, 20_000, allow_nan=False)


def test_a_leg_that_begins_now_has_the_window_of_its_pace():
    assert predict_full_leg(PACE, 240.0) == pytest.approx((504 * math.exp(-0.45), 504, 504 * math.exp(0.6)))


def test_what_is_left_shrinks_with_the_way_and_takes_the_offsets_of_its_quarter():
    rest = predict_remaining({}, RUN, PACE, 60.0)
    assert rest == pytest.approx((126 * math.exp(-0.35), 126, 126 * math.exp(0.6)))
    assert [quarter_of_leg(RUN, left) for left in (250, 240, 179, 60, 1)] == [0, 0, 1, 3, 3]


def test_silence_shortens_what_is_left_by_less_and_less():
    middles = [predict_without_position({}, RUN, PACE, elapsed).p50 for elapsed in (0, 200, 500, 900)]
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


def eta(minutes_from_now: float, as_of: float = 0, width: float = 30) -> Eta:
    at_ = at(as_of + minutes_from_now)
    half = timedelta(minutes=width / 2)
    return Eta(from_=at_ - half, at=at_, to=at_ + half, as_of=at(as_of))


@pytest.mark.parametrize(
    ("published_at", "now", "promised", "worth"),
    [
        (0, eta(110, as_of=10), None, False),  # published a moment ago
        (0, eta(88, as_of=16), None, False),  # moved by four minutes
        (0, eta(100, as_of=16), None, True),  # moved by sixteen
        (0, eta(595, as_of=16), None, True),
        (0, eta(88, as_of=16), 117, True),  # its end crosses the promise
    ],
)
def test_a_window_is_published_again_when_it_has_moved_enough(published_at, now, promised, worth):
    window = None if promised is None else Window(from_=at(0), to=at(promised))
    assert is_worth_notifying(eta(100), at(published_at), now, window) is worth


def test_the_first_window_is_always_worth_telling():
    assert is_worth_notifying(None, None, eta(100), None)
