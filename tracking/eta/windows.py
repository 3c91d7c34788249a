"""Arrival windows: minutes left of a leg, and the window made from them."""

import math
from datetime import datetime, timedelta
from typing import Literal

from tracking.domain.events import Eta, Explanation
from tracking.domain.legs import LegProfile
from tracking.eta.conformal import widening_at
from tracking.eta.lanes import (
    LaneStatistics,
    LevelName,
    RatioPrediction,
    Spread,
    departure_residuals_key,
    residuals_at,
    under_way_residuals_key,
    under_way_spread_key,
    widened_spread_at,
)
from tracking.eta.once_per_batch import once_per_batch
from tracking.eta.spans import Span, condition_on_elapsed, make_span, widen_span

# Least width of an arrival window.
MIN_WIDTH = timedelta(minutes=5)
CONFIDENCE: dict[LevelName, Literal["high", "medium", "low"]] = {
    "lane": "high",
    "hub": "medium",
    "class": "medium",
    "global": "low",
}


def predict_full_leg(ratio: RatioPrediction, base_min: float) -> Span:
    """Return the span of a leg that begins now."""
    return make_span(base_min * math.exp(ratio.log_ratio), ratio.low_offset, ratio.high_offset)


def predict_remaining(
    statistics: LaneStatistics,
    profile: LegProfile,
    ratio: RatioPrediction,
    remaining_min: float,
) -> Span:
    """Return the span of the rest of a leg, of which `remaining_min` base minutes remain.

    `ratio` is that of the rest, adjusted to the pace so far.
    """
    spread = _find_spread_under_way(statistics, profile, quarter_of_leg(profile, remaining_min))
    return make_span(remaining_min * math.exp(ratio.log_ratio), spread.low_offset, spread.high_offset)


@once_per_batch
def _find_spread_under_way(statistics: LaneStatistics, profile: LegProfile, quarter: int) -> Spread:
    """Return the offsets of the rest of a leg, widened, in one of its quarters (0 to 3)."""
    base_from, bucket = profile.base_from, profile.bucket
    return widened_spread_at(
        statistics,
        under_way_spread_key(base_from, bucket, quarter),
        under_way_residuals_key(base_from, bucket, quarter),
        under_way=True,
    )


def predict_without_position(
    statistics: LaneStatistics, profile: LegProfile, ratio: RatioPrediction, elapsed_min: float
) -> Span:
    """Return the span of the rest of a leg that departed `elapsed_min` ago, with the position unknown."""
    residuals_key = departure_residuals_key(profile.base_from, profile.bucket)
    residuals = residuals_at(statistics, residuals_key)
    span = condition_on_elapsed(residuals, profile.base_min * math.exp(ratio.log_ratio), elapsed_min)
    return widen_span(span, widening_at(statistics, residuals_key).factor)


def quarter_of_leg(profile: LegProfile, remaining_min: float) -> int:
    """Return the quarter of a leg, 0 to 3, in which `remaining_min` of its base minutes remain."""
    done = 1.0 - remaining_min / profile.base_min
    return min(max(int(done * 4), 0), 3)


def make_eta(span: Span, as_of: datetime, level: LevelName, explanation: Explanation | None = None) -> Eta:
    """Return the arrival window of a span from `as_of` on: whole seconds, ordered, at least 5 min wide."""
    from_, at, to = (as_of + timedelta(seconds=round(minutes * 60)) for minutes in span)
    at = max(at, from_)
    return Eta(
        from_=from_,
        at=at,
        to=max(to, at, from_ + MIN_WIDTH),
        as_of=as_of,
        confidence=CONFIDENCE[level],
        explanation=explanation,
    )
