"""Minutes still to go, as a tenth, a half and nine tenths; parts of a way add up to a whole."""

import math
from collections.abc import Iterable
from typing import NamedTuple

from tracking.eta.residuals import Z90, Residuals, normal_share


class Span(NamedTuple):
    """Minutes by which one, five and nine of ten have arrived."""

    p10: float
    p50: float
    p90: float


NOTHING = Span(0.0, 0.0, 0.0)


def spread_out(middle_min: float, l10: float, l90: float) -> Span:
    """The span of a middle with the offsets of its ends in logs."""
    return Span(middle_min * math.exp(l10), middle_min, middle_min * math.exp(l90))


def given_silence(residuals: Residuals, expected_min: float, elapsed_min: float) -> Span:
    """What is left of an expected time when nothing was heard for `elapsed_min`: conditional quantiles.

    `expected_min` is the middle that was predicted for the whole time.
    """
    passed = elapsed_min / expected_min
    reached = residuals.share_below(math.log(passed)) if passed > 0 else 0.0
    ends = (
        expected_min * math.exp(residuals.quantile(reached + share * (1.0 - reached)))
        for share in (0.1, 0.5, 0.9)
    )
    p10, p50, p90 = (max(0.0, end - elapsed_min) for end in ends)
    return Span(p10, max(p10, p50), max(p10, p50, p90))


def add_up(parts: Iterable[Span]) -> Span:
    """The span of parts one after the other: middles add up, distances to the ends in quadrature."""
    middle = below = above = 0.0
    for part in parts:
        middle += part.p50
        below += (part.p50 - part.p10) ** 2
        above += (part.p90 - part.p50) ** 2
    return Span(max(0.0, middle - math.sqrt(below)), middle, middle + math.sqrt(above))


def soonest(span: Span) -> Span:
    """The span of those that are among the first tenth: half of its P10 to its middle."""
    return Span(span.p10 / 2, span.p10, span.p50)


def share_after(span: Span, minutes: float) -> float:
    """The share that takes longer than `minutes`: a two-piece log-normal through the span's three points."""
    if minutes <= 0:
        return 1.0
    if span.p50 <= 0:
        return 0.0
    side = span.p10 if minutes < span.p50 else span.p90
    sigma = abs(math.log(max(side, 1e-6) / span.p50)) / Z90
    away = math.log(minutes / span.p50)
    if sigma < 1e-9:
        return 1.0 if away < 0 else 0.0
    return 1.0 - normal_share(away / sigma)
