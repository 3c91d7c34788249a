"""Last mile: minutes until a van on its tour is at a door, by stops ahead or by the hub's statistics."""

import math
from datetime import datetime

from tracking.domain.tour import Tour
from tracking.eta.dwell import (
    INDIA,
    PRIOR_WEIGHT,
    STOP,
    TOUR,
    DurationStatistics,
    estimate_log_minutes,
    estimate_span,
    read_durations,
    stop_key,
    tour_key,
)
from tracking.eta.lanes import KNOWN_FROM, LaneStatistics
from tracking.eta.spans import Span, make_span, sum_spans

STREET_DETOUR = 1.35
# Straight kilometres between two stops.
KM_PER_STOP = 0.6
VAN_KMH, BIKE_KMH = 22.0, 25.0
# Rush hours in India: (from hour, to hour, divisor of the speed).
PEAKS = ((8, 11, 1.35), (17, 21, 1.5))
TRAVEL_L10, TRAVEL_L90 = -0.35, 0.45
# Least factor on the offsets of many stops: the mean of many varies less than one, but never less than this.
MIN_STOP_SPREAD = 0.2
# Least minutes to the door that are mixed with the typical tour of a hub without statistics.
MIN_DOOR_MINUTES = 2.0
# Least share of a tour's usual minutes that remains, however long it has lasted.
MIN_REMAINING_SHARE = 0.1


def zone_kmh(at: datetime, *, two_wheeler: bool = False) -> float:
    """Return the speed through streets at this hour of the Indian day, in km/h."""
    hour = at.astimezone(INDIA).hour
    divisor = next((by for start, end, by in PEAKS if start <= hour < end), 1.0)
    return (BIKE_KMH if two_wheeler else VAN_KMH) / divisor


def drive_minutes(km: float, at: datetime, *, two_wheeler: bool = False) -> float:
    """Return the minutes of driving through streets for straight kilometres."""
    return km * STREET_DETOUR / zone_kmh(at, two_wheeler=two_wheeler) * 60


def predict_tour(
    statistics: LaneStatistics,
    hub_id: str,
    at: datetime,
    tour: Tour | None,
    km: float | None,
    elapsed_min: float = 0.0,
) -> Span:
    """Return the minutes until the van is at the door: by stops ahead, or without a tour by statistics.

    `km` is the straight distance from the van to the door, a lower bound of the drive; None if unknown.
    `elapsed_min` is how long the tour has lasted.
    """
    least = 0.0 if km is None else drive_minutes(km, at)
    if tour is None:
        durations = read_durations(statistics, tour_key(hub_id))
        return _predict_by_statistics(durations, least, elapsed_min, has_position=km is not None)
    per_stop = read_durations(statistics, stop_key(hub_id, at))
    stops = tour.stops_ahead
    travel = max(drive_minutes((stops + 1) * KM_PER_STOP, at, two_wheeler=tour.two_wheeler), least)
    # Standard deviation of a mean falls with the square root of the count.
    narrowing = max(1.0 / math.sqrt(stops), MIN_STOP_SPREAD) if stops else 1.0
    stops_min = stops * _estimate_minutes_per_stop(per_stop, at, tour)
    at_stops = make_span(stops_min, per_stop.l10 * narrowing, per_stop.l90 * narrowing)
    whole = sum_spans([make_span(travel, TRAVEL_L10, TRAVEL_L90), at_stops])
    # Some of the stops counted at loading have been done since.
    passed = elapsed_min if tour.is_as_loaded else 0.0
    return Span(*(max(part - passed, part * MIN_REMAINING_SHARE, least) for part in whole))


def _predict_by_statistics(
    durations: DurationStatistics, least: float, elapsed_min: float, *, has_position: bool
) -> Span:
    """Return the rest of a tour without a manifest; without statistics it may end at any moment."""
    usual = estimate_span(durations, TOUR)
    remaining = Span(*(max(part - elapsed_min, part * MIN_REMAINING_SHARE, least) for part in usual))
    if durations.n >= KNOWN_FROM:
        return remaining
    middle = math.sqrt(max(least, MIN_DOOR_MINUTES) * remaining.p50) if has_position else remaining.p50
    return Span(min(least, middle), middle, remaining.p90)


def _estimate_minutes_per_stop(durations: DurationStatistics, at: datetime, tour: Tour) -> float:
    """Return the van's own mean of today, weighted by its stops against the zone's mean."""
    zone = math.exp(estimate_log_minutes(durations, STOP))
    if tour.started_at is None or not tour.stops_done:
        return zone
    elapsed = (at - tour.started_at).total_seconds() / 60
    driving = drive_minutes(tour.stops_done * KM_PER_STOP, at, two_wheeler=tour.two_wheeler)
    own = max((elapsed - driving) / tour.stops_done, 0.5)
    return (own * tour.stops_done + zone * PRIOR_WEIGHT) / (tour.stops_done + PRIOR_WEIGHT)
