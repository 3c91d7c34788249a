"""Legs under way: the predicted ratio of the rest, adjusted by the pace so far, and what is kept of it."""

import math
from datetime import datetime

import msgspec

from tracking.domain.legs import ANY_CLASS, LegProfile, QuarterPrediction
from tracking.eta.lanes import LaneStatistics, RatioPrediction, pace_at
from tracking.eta.once_per_batch import once_per_batch
from tracking.eta.pace import PaceRegression, measure_pace
from tracking.eta.spans import Span, find_offsets
from tracking.eta.windows import quarter_of_leg

# Parts of a leg of which the first prediction is kept: two in each quarter, as the pace says more later on.
PARTS = 8


class RestPrediction(msgspec.Struct, frozen=True):
    """Predicted ratio of the rest of a leg, of which `remaining_min` base minutes remain.

    `pace` is ln(elapsed / expected) so far. `adjustment` is the part of the log ratio that it brought.
    """

    ratio: RatioPrediction
    remaining_min: float
    pace: float
    adjustment: float


def adjust_to_pace(
    statistics: LaneStatistics,
    profile: LegProfile,
    ratio: RatioPrediction,
    remaining_min: float,
    elapsed_min: float,
) -> RestPrediction:
    """Return the ratio of the rest of a leg, by the ratio of the whole and what the pace so far is worth.

    The worth is learned by class, length and quarter of the leg. Where loading and queues slow the start,
    nothing of them is repeated; where a slow drive stays slow, most of it is.
    """
    done_share = max(1.0 - remaining_min / profile.base_min, 0.0)
    pace = measure_pace(profile.base_min * math.exp(ratio.log_ratio), done_share, elapsed_min)
    regression = _find_regression(statistics, profile, quarter_of_leg(profile, remaining_min))
    adjustment = regression.predict_rest(pace)
    return RestPrediction(
        ratio._replace(log_ratio=ratio.log_ratio + adjustment), remaining_min, pace, adjustment
    )


@once_per_batch
def _find_regression(statistics: LaneStatistics, profile: LegProfile, quarter: int) -> PaceRegression:
    """Return what the pace is worth in a quarter (0 to 3): for a class, shrunk towards all vehicles."""
    of_all = pace_at(statistics, profile.of_all_classes, quarter)
    if profile.vehicle_class == ANY_CLASS:
        return of_all
    return pace_at(statistics, profile, quarter).pool(of_all)


def add_prediction(
    predictions: tuple[QuarterPrediction, ...],
    profile: LegProfile,
    rest: RestPrediction,
    at: datetime,
    span: Span,
) -> tuple[QuarterPrediction, ...]:
    """Return the predictions to learn from, with this one added if it is the first of its part of the leg.

    `span` are the minutes that the rest was predicted to last.
    """
    remaining_min = round(rest.remaining_min, 3)
    part = _part_of_leg(profile, remaining_min)
    is_known = any(_part_of_leg(profile, earlier.base_min) == part for earlier in predictions)
    if is_known or remaining_min <= 0:
        return predictions
    low_offset, high_offset = find_offsets(span)
    prediction = QuarterPrediction(
        quarter=quarter_of_leg(profile, rest.remaining_min),
        at=at,
        base_min=remaining_min,
        log_ratio=round(rest.ratio.log_ratio, 6),
        pace=round(rest.pace, 6),
        adjustment=round(rest.adjustment, 6),
        low_offset=round(low_offset, 6),
        high_offset=round(high_offset, 6),
    )
    return (*predictions, prediction)


def _part_of_leg(profile: LegProfile, remaining_min: float) -> int:
    """Return the part of a leg, 0 to `PARTS` - 1, in which `remaining_min` of its base minutes remain."""
    done = 1.0 - remaining_min / profile.base_min
    return min(max(int(done * PARTS), 0), PARTS - 1)
