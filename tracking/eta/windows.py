"""When a parcel arrives: what is left of its leg, and the window that comes out of it."""

import math
from datetime import datetime, timedelta
from typing import Literal

from tracking.domain.events import Eta, Explanation
from tracking.domain.legs import Run, UnderWay
from tracking.eta.lanes import (
    Depth,
    LaneStatistics,
    TravelTimeRatio,
    read_residuals,
    read_spread,
    residuals_key,
    under_way_spread_key,
)
from tracking.eta.spans import Span, given_silence, spread_out

MIN_WIDTH = timedelta(minutes=5)
CONFIDENCE: dict[Depth, Literal["high", "medium", "low"]] = {
    "lane": "high",
    "hub": "medium",
    "class": "medium",
    "global": "low",
}
# In the last kilometres the vehicle's own speed says something; before that it doubles the error.
OWN_SPEED_KM, SLOWEST_KMH, STREET_DETOUR = 5.0, 8.0, 1.35


def predict_whole(pace: TravelTimeRatio, base_min: float) -> Span:
    """The minutes of a leg that begins now."""
    return spread_out(base_min * math.exp(pace.mu), pace.l10, pace.l90)


def predict_rest(
    book: LaneStatistics,
    run: Run,
    pace: TravelTimeRatio,
    remaining_min: float,
    own_speed: tuple[float, float] | None = None,
) -> Span:
    """The minutes left of a leg under way of which `remaining_min` base minutes remain.

    `own_speed` is (straight km left, km/h smoothed); it counts in the last five kilometres only.
    """
    middle = remaining_min * math.exp(pace.mu)
    if own_speed is not None and own_speed[0] < OWN_SPEED_KM:
        kilometres, speed_kmh = own_speed
        by_speed = STREET_DETOUR * kilometres / max(speed_kmh, SLOWEST_KMH) * 60
        middle = math.sqrt(middle * by_speed)
    spread = read_spread(
        book, under_way_spread_key(run.basis, run.bucket, quarter_of(run, remaining_min)), under_way=True
    )
    return spread_out(middle, spread.l10, spread.l90)


def predict_unheard(book: LaneStatistics, run: Run, pace: TravelTimeRatio, elapsed_min: float) -> Span:
    """The minutes left of a leg that departed `elapsed_min` ago and whose place nobody knows."""
    residuals = read_residuals(book, residuals_key(run.basis, run.bucket))
    return given_silence(residuals, run.base_min * math.exp(pace.mu), elapsed_min)


def quarter_of(run: Run, remaining_min: float) -> int:
    """The quarter of its way a leg is in, 0 to 3."""
    done = 1.0 - remaining_min / run.base_min
    return min(max(int(done * 4), 0), 3)


def note_quarter(notes: tuple[UnderWay, ...], note: UnderWay) -> tuple[UnderWay, ...]:
    """The predictions to learn from, with this one if it is the first in its quarter."""
    if any(known.quarter == note.quarter for known in notes):
        return notes
    return (*notes, note)


def make_eta(span: Span, as_of: datetime, depth: Depth, explanation: Explanation | None = None) -> Eta:
    """The arrival window of a span that begins at `as_of`, in whole seconds: ordered, at least 5 min wide."""
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
