"""Tours: minutes until a van is at the recipient, from its stops or from the hub's statistics."""

import math
from datetime import datetime

from tracking.domain.indian_time import INDIA
from tracking.domain.tour import Tour
from tracking.eta.durations import (
    MIN_MINUTES_PER_STOP,
    PRIOR_WEIGHT,
    TYPICAL_STOP,
    TYPICAL_TOUR,
    DurationStatistics,
    durations_at,
    predict_duration,
    predict_log_minutes,
    stop_key,
    tour_key,
)
from tracking.eta.lanes import KNOWN_FROM, LaneStatistics
from tracking.eta.once_per_batch import once_per_batch
from tracking.eta.spans import Span, make_span, sum_spans

# Street kilometres per straight kilometre.
STREET_DETOUR = 1.35
# Straight kilometres between two stops.
KM_PER_STOP = 0.6
# Speed through streets outside the rush hours.
VAN_KMH = 22.0
BIKE_KMH = 25.0
# Rush hours in India: (from hour, to hour, divisor of the speed).
PEAKS = ((8, 11, 1.35), (17, 21, 1.5))
# Offsets of P10 and P90 of driving minutes, in logs.
DRIVING_LOW_OFFSET = -0.35
DRIVING_HIGH_OFFSET = 0.45
# Least factor on the offsets of many stops: the mean of many varies less than one, but never less than this.
MIN_STOP_SPREAD = 0.2
# The direct drive counts as at least this in the geometric mean with the typical tour.
MIN_DIRECT_MIN = 2.0
# Least share of a tour's usual minutes that remains, however long it has lasted.
MIN_REMAINING_SHARE = 0.1


def street_kmh(at: datetime, *, is_two_wheeler: bool = False) -> float:
    """Return the speed through streets at this hour of the Indian day, in km/h."""
    hour = at.astimezone(INDIA).hour
    divisor = next((by for start, end, by in PEAKS if start <= hour < end), 1.0)
    return (BIKE_KMH if is_two_wheeler else VAN_KMH) / divisor


def drive_minutes(km: float, at: datetime, *, is_two_wheeler: bool = False) -> float:
    """Return the minutes of driving through streets for straight kilometres."""
    return km * STREET_DETOUR / street_kmh(at, is_two_wheeler=is_two_wheeler) * 60


def predict_tour(
    statistics: LaneStatistics,
    hub_id: str,
    at: datetime,
    tour: Tour | None,
    km: float | None,
    elapsed_min: float = 0.0,
) -> Span:
    """Return the span until the van is at the recipient: by stops ahead, or without a tour by statistics.

    `km` is the straight distance from the van to the PIN code's point, which bounds the drive from below;
    None if unknown. `elapsed_min` is how long the tour has lasted.
    """
    if tour is None and km is None and not elapsed_min:
        return predict_unknown_tour(statistics, hub_id)
    least_min = 0.0 if km is None else drive_minutes(km, at)
    if tour is None:
        durations = durations_at(statistics, tour_key(hub_id))
        return _predict_by_statistics(durations, least_min, elapsed_min, has_position=km is not None)
    per_stop = durations_at(statistics, stop_key(hub_id, at))
    stops = tour.stops_ahead
    drive_min = drive_minutes((stops + 1) * KM_PER_STOP, at, is_two_wheeler=tour.is_two_wheeler)
    travel_min = max(drive_min, least_min)
    # The relative spread of a sum of equal stops falls with the root of their number.
    narrowing = max(1.0 / math.sqrt(stops), MIN_STOP_SPREAD) if stops else 1.0
    stops_min = stops * _predict_minutes_per_stop(per_stop, at, tour)
    at_stops = make_span(stops_min, per_stop.low_offset * narrowing, per_stop.high_offset * narrowing)
    whole = sum_spans([make_span(travel_min, DRIVING_LOW_OFFSET, DRIVING_HIGH_OFFSET), at_stops])
    # Some of the stops counted at loading have been done since.
    passed_min = elapsed_min if tour.is_as_loaded else 0.0
    return _subtract_passed(whole, passed_min, least_min)


@once_per_batch
def predict_unknown_tour(statistics: LaneStatistics, hub_id: str) -> Span:
    """Return the span of a tour from a hub of which neither stops nor position are known."""
    durations = durations_at(statistics, tour_key(hub_id))
    return _predict_by_statistics(durations, 0.0, 0.0, has_position=False)


def _predict_by_statistics(
    durations: DurationStatistics, least_min: float, elapsed_min: float, *, has_position: bool
) -> Span:
    """Return the rest of a tour without a manifest.

    `least_min` are the minutes of the direct drive; below three learned tours they count as P10.
    """
    remaining = _subtract_passed(predict_duration(durations, TYPICAL_TOUR), elapsed_min, least_min)
    if durations.count >= KNOWN_FROM:
        return remaining
    middle_min = remaining.p50
    if has_position:
        # Geometric mean of the direct drive and the usual rest.
        middle_min = math.sqrt(max(least_min, MIN_DIRECT_MIN) * remaining.p50)
    return Span(min(least_min, middle_min), middle_min, remaining.p90)


def _subtract_passed(whole: Span, passed_min: float, least_min: float) -> Span:
    """Return the span that is left after `passed_min`, no quantile below `least_min` or its least share."""
    return Span(
        *(max(quantile - passed_min, quantile * MIN_REMAINING_SHARE, least_min) for quantile in whole)
    )


def _predict_minutes_per_stop(durations: DurationStatistics, at: datetime, tour: Tour) -> float:
    """Return the van's own mean of today, weighted by its stops against the mean of the hub's tours."""
    usual_min = math.exp(predict_log_minutes(durations, TYPICAL_STOP))
    if tour.started_at is None or not tour.stops_done:
        return usual_min
    elapsed_min = (at - tour.started_at).total_seconds() / 60
    driving_min = drive_minutes(tour.stops_done * KM_PER_STOP, at, is_two_wheeler=tour.is_two_wheeler)
    own_min = max((elapsed_min - driving_min) / tour.stops_done, MIN_MINUTES_PER_STOP)
    return (own_min * tour.stops_done + usual_min * PRIOR_WEIGHT) / (tour.stops_done + PRIOR_WEIGHT)
