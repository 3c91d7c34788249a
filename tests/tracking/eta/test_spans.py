"""Spans: how ends are spread, added up, and read as a chance."""

import math

import pytest

from tracking.eta.residuals import LOWEST, STEP, Residuals
from tracking.eta.spans import (
    Span,
    condition_on_elapsed,
    earliest_span,
    make_span,
    share_longer_than,
    sum_spans,
)


def test_the_ends_of_a_span_are_offsets_in_logs():
    assert make_span(60.0, -0.5, 0.25) == pytest.approx((60 * math.exp(-0.5), 60, 60 * math.exp(0.25)))


def test_no_parts_are_nothing_and_the_near_end_never_lies_before_now():
    assert sum_spans([]) == Span(0.0, 0.0, 0.0)
    assert sum_spans([Span(0, 3, 5)] * 4) == pytest.approx((6, 12, 16))
    assert sum_spans([Span(-10, 3, 5)]) == Span(0.0, 3, 5)


def test_the_soonest_of_a_span_are_its_first_half():
    assert earliest_span(Span(20, 60, 100)) == Span(10, 20, 60)


@pytest.mark.parametrize(
    ("span", "minutes", "share"),
    [
        (Span(60, 100, 180), 0, 1.0),
        (Span(60, 100, 180), -5, 1.0),
        (Span(60, 100, 180), 1e-9, 1.0),
        (Span(0, 0, 0), 5, 0.0),
        (Span(0, 0, 10), 5, 0.0),
        (Span(50, 50, 50), 49, 1.0),
        (Span(50, 50, 50), 50, 0.0),
        (Span(50, 50, 50), 51, 0.0),
        # On each side the log-normal of that side: two sigmas out, and half a sigma in.
        (Span(60, 100, 180), 100 * (60 / 100) ** (2 / 1.2815515655446004), 0.97725),
        (Span(60, 100, 180), 100 * (180 / 100) ** (0.5 / 1.2815515655446004), 0.30854),
        (Span(0, 100, 180), 1.0, 0.62576),
    ],
)
def test_the_share_that_takes_longer_falls_from_all_to_none(span, minutes, share):
    assert share_longer_than(span, minutes) == pytest.approx(share, abs=1e-4)


def even(*filled: int) -> Residuals:
    """A histogram with one leg in each of these bins."""
    return Residuals(bins=tuple(1.0 if number in filled else 0.0 for number in range(64)))


def test_silence_leaves_what_is_still_possible():
    # Four legs took e^-0.5, 1, e^0.5 and e^1 times what was expected, within one bin.
    known = even(16, 24, 32, 40)
    ratios = [math.exp(LOWEST + number * STEP) for number in (16, 24, 32, 40)]
    fresh = condition_on_elapsed(known, 100.0, 0.0)
    assert fresh == pytest.approx(
        (
            100 * math.exp(LOWEST + 16.4 * STEP),
            100 * math.exp(LOWEST + 25 * STEP),
            100 * math.exp(LOWEST + 40.6 * STEP),
        )
    )
    # After 90 minutes one of them is over: the tenth of three is 0.3 of the second.
    silent = condition_on_elapsed(known, 100.0, 90.0)
    assert silent == pytest.approx(
        (
            100 * math.exp(LOWEST + 24.3 * STEP) - 90,
            100 * math.exp(LOWEST + 32.5 * STEP) - 90,
            100 * math.exp(LOWEST + 40.7 * STEP) - 90,
        )
    )
    assert ratios[0] < 0.9 < ratios[1]


def test_silence_beyond_all_that_is_known_leaves_nothing():
    assert condition_on_elapsed(even(16), 100.0, 100_000.0) == Span(0.0, 0.0, 0.0)
