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


def make_span(middle_min: float, l10: float, l90: float) -> Span:
    """Return the span of a middle in minutes with the offsets of its ends in logs."""
    return Span(middle_min * math.exp(l10), middle_min, middle_min * math.exp(l90))


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
    """Return the span of consecutive parts: middles add up, distances to the ends add up in quadrature."""
    middle = below = above = 0.0
    for part in parts:
        middle += part.p50
        below += (part.p50 - part.p10) ** 2
        above += (part.p90 - part.p50) ** 2
    return Span(max(0.0, middle - math.sqrt(below)), middle, middle + math.sqrt(above))


def earliest_span(span: Span) -> Span:
    """Return the span for a stop among the first of its tour: half of P10, P10 and P50 of the whole span."""
    return Span(span.p10 / 2, span.p10, span.p50)


def share_longer_than(span: Span, minutes: float) -> float:
    """Return the share that takes longer than `minutes`, by a two-piece log-normal through the quantiles."""
    if minutes <= 0:
        return 1.0
    if span.p50 <= 0:
        return 0.0
    side = span.p10 if minutes < span.p50 else span.p90
    sigma = abs(math.log(max(side, 1e-6) / span.p50)) / Z90
    distance = math.log(minutes / span.p50)
    if sigma < 1e-9:
        return 1.0 if distance < 0 else 0.0
    return 1.0 - normal_share(distance / sigma)
