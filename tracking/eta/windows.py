"""Arrival windows: minutes left of a leg, and the window made from them."""

import math
from datetime import datetime, timedelta
from typing import Literal

from tracking.domain.events import Eta, Explanation
from tracking.domain.legs import LegProfile, QuarterPrediction
from tracking.eta.lanes import (
    Depth,
    LaneStatistics,
    TravelTimeRatio,
    read_residuals,
    read_spread,
    residuals_key,
    under_way_spread_key,
)
from tracking.eta.spans import Span, condition_on_elapsed, make_span

MIN_WIDTH = timedelta(minutes=5)
CONFIDENCE: dict[Depth, Literal["high", "medium", "low"]] = {
    "lane": "high",
    "hub": "medium",
    "class": "medium",
    "global": "low",
}


def predict_full_leg(ratio: TravelTimeRatio, base_min: float) -> Span:
    """Return the minutes of a leg that begins now."""
    return make_span(base_min * math.exp(ratio.mu), ratio.l10, ratio.l90)


def predict_remaining(
    statistics: LaneStatistics,
    profile: LegProfile,
    ratio: TravelTimeRatio,
    remaining_min: float,
) -> Span:
    """Return the minutes left of a leg under way, of which `remaining_min` base minutes remain.

    The vehicle's own speed is left out on purpose: docs/eta.md says what it did to the error.
    """
    key = under_way_spread_key(profile.basis, profile.bucket, quarter_of(profile, remaining_min))
    spread = read_spread(statistics, key, under_way=True)
    return make_span(remaining_min * math.exp(ratio.mu), spread.l10, spread.l90)


def predict_without_position(
    statistics: LaneStatistics, profile: LegProfile, ratio: TravelTimeRatio, elapsed_min: float
) -> Span:
    """Return the minutes left of a leg that departed `elapsed_min` ago, with the position unknown."""
    residuals = read_residuals(statistics, residuals_key(profile.basis, profile.bucket))
    return condition_on_elapsed(residuals, profile.base_min * math.exp(ratio.mu), elapsed_min)


def quarter_of(profile: LegProfile, remaining_min: float) -> int:
    """Return the quarter of a leg, 0 to 3, in which `remaining_min` of its base minutes remain."""
    done = 1.0 - remaining_min / profile.base_min
    return min(max(int(done * 4), 0), 3)


def add_quarter_prediction(
    predictions: tuple[QuarterPrediction, ...], prediction: QuarterPrediction
) -> tuple[QuarterPrediction, ...]:
    """Return the predictions to learn from, with this one added if it is the first of its quarter."""
    if any(earlier.quarter == prediction.quarter for earlier in predictions):
        return predictions
    return (*predictions, prediction)


def make_eta(span: Span, as_of: datetime, depth: Depth, explanation: Explanation | None = None) -> Eta:
    """Return the arrival window of a span from `as_of` on: whole seconds, ordered, at least 5 min wide."""
    from_, at, to = (as_of + timedelta(seconds=round(minutes * 60)) for minutes in span)
    at = max(at, from_)
    return Eta(
        from_=from_,
        at=at,
        to=max(to, at, from_ + MIN_WIDTH),
        as_of=as_of,
        confidence=CONFIDENCE[depth],
        explanation=explanation,
    )
