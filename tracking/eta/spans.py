"""Spans: P10, P50 and P90 of minutes to go, and how parts of a route add up."""

import math
from collections.abc import Iterable
from typing import NamedTuple

from tracking.eta.residuals import Z90, Residuals, normal_share


class Span(NamedTuple):
    """P10, P50 and P90 of a duration in minutes."""

    p10: float
    p50: float
    p90: float


NO_TIME = Span(0.0, 0.0, 0.0)
# Guards against log(0) and division by 0 for a span with a quantile of 0, or equal to the middle.
LEAST_MINUTES = 1e-6
LEAST_SIGMA = 1e-9


def make_span(middle_min: float, low_offset: float, high_offset: float) -> Span:
    """Return the span with this P50 in minutes; the offsets are ln(P10 / P50) and ln(P90 / P50)."""
    return Span(middle_min * math.exp(low_offset), middle_min, middle_min * math.exp(high_offset))


def widen_span(span: Span, factor: float) -> Span:
    """Return the span with the distances from its P50, in logs, times this factor; at least 0 minutes."""
    if span.p50 <= 0 or factor == 1.0:
        return span
    low, high = (span.p50 * (max(end, LEAST_MINUTES) / span.p50) ** factor for end in (span.p10, span.p90))
    return Span(low, span.p50, high)


def find_offsets(span: Span) -> tuple[float, float]:
    """Return ln(P10 / P50) and ln(P90 / P50) of a span, from which `make_span` makes it again."""
    middle = max(span.p50, LEAST_MINUTES)
    low, high = (math.log(max(end, LEAST_MINUTES) / middle) for end in (span.p10, span.p90))
    return low, high


def condition_on_elapsed(residuals: Residuals, expected_min: float, elapsed_min: float) -> Span:
    """Return the span of the remaining minutes, given that `elapsed_min` have passed without an arrival.

    `expected_min` is the predicted middle of the whole duration. The quantiles are those of the residual
    distribution truncated at the elapsed time: F^-1(F(e) + tau * (1 - F(e))).
    """
    ratio = elapsed_min / expected_min
    elapsed_share = residuals.share_below(math.log(ratio)) if ratio > 0 else 0.0
    ends = (
        expected_min * math.exp(residuals.quantile(elapsed_share + share * (1.0 - elapsed_share)))
        for share in (0.1, 0.5, 0.9)
    )
    p10, p50, p90 = (max(0.0, end - elapsed_min) for end in ends)
    return Span(p10, max(p10, p50), max(p10, p50, p90))


def sum_spans(parts: Iterable[Span]) -> Span:
    """Return the span of consecutive parts.

    The middles are added; the distances to P10 and to P90 are added as the root of the sum of squares, as for
    independent parts.
    """
    middle = below = above = 0.0
    for part in parts:
        middle += part.p50
        below += (part.p50 - part.p10) ** 2
        above += (part.p90 - part.p50) ** 2
    return Span(max(0.0, middle - math.sqrt(below)), middle, middle + math.sqrt(above))


def earliest_span(span: Span) -> Span:
    """Return the span of a stop early on its tour.

    Its P10 is half the tour's P10, its P50 the tour's P10, its P90 the tour's P50.
    """
    return Span(span.p10 / 2, span.p10, span.p50)


def share_longer_than(span: Span, minutes: float) -> float:
    """Return the share that takes longer than `minutes`, by a two-piece log-normal through the quantiles."""
    if minutes <= 0:
        return 1.0
    if span.p50 <= 0:
        return 0.0
    side = span.p10 if minutes < span.p50 else span.p90
    sigma = abs(math.log(max(side, LEAST_MINUTES) / span.p50)) / Z90
    distance = math.log(minutes / span.p50)
    if sigma < LEAST_SIGMA:
        return 1.0 if distance < 0 else 0.0
    return 1.0 - normal_share(distance / sigma)
