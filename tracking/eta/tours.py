"""The last mile: how long until a van that is on its tour comes to this door."""

import math
from datetime import datetime

from tracking.domain.tour import Tour
from tracking.eta.dwell import (
    INDIA,
    STOP,
    TOUR,
    WEIGHT,
    DwellStatistics,
    middle_of,
    read_dwell,
    span_of,
    stop_key,
    tour_key,
)
from tracking.eta.lanes import KNOWN_FROM, LaneStatistics
from tracking.eta.spans import Span, add_up, spread_out

STREET_DETOUR = 1.35
KM_A_STOP = 0.6
VAN_KMH, BIKE_KMH = 22.0, 25.0
# Slower in the morning and in the evening (Indian hours: from, to, by how much).
PEAKS = ((8, 11, 1.35), (17, 21, 1.5))
TRAVEL_L10, TRAVEL_L90 = -0.35, 0.45
# Many stops differ less from their mean than one, but never so little.
CALMEST = 0.2
# Where a van is near the door, its coming is rather this near than a whole tour away.
SOONEST_MIN = 2.0
# A tour that is late already has at least this share of its usual time left.
LEAST_LEFT = 0.1


def zone_kmh(at: datetime, *, two_wheeler: bool = False) -> float:
    """The speed through streets at this hour of the Indian day."""
    hour = at.astimezone(INDIA).hour
    slower = next((by for start, end, by in PEAKS if start <= hour < end), 1.0)
    return (BIKE_KMH if two_wheeler else VAN_KMH) / slower


def drive_minutes(km: float, at: datetime, *, two_wheeler: bool = False) -> float:
    """Minutes through streets for straight kilometres."""
    return km * STREET_DETOUR / zone_kmh(at, two_wheeler=two_wheeler) * 60


def predict_door(
    book: LaneStatistics,
    hub_id: str,
    at: datetime,
    tour: Tour | None,
    km: float | None,
    elapsed_min: float = 0.0,
) -> Span:
    """The minutes until the van is at the door: by stops ahead, or without a manifest by the hub's habit.

    `km` is the straight way to the door from where the van is: so long it takes at least. `elapsed_min` is
    how long the tour has lasted.
    """
    least = 0.0 if km is None else drive_minutes(km, at)
    if tour is None:
        return _by_habit(read_dwell(book, tour_key(hub_id)), least, elapsed_min, known_place=km is not None)
    habit = read_dwell(book, stop_key(hub_id, at))
    stops = tour.stops_ahead
    travel = max(drive_minutes((stops + 1) * KM_A_STOP, at, two_wheeler=tour.two_wheeler), least)
    calm = max(1.0 / math.sqrt(stops), CALMEST) if stops else 1.0
    at_stops = spread_out(stops * _minutes_a_stop(habit, at, tour), habit.l10 * calm, habit.l90 * calm)
    whole = add_up([spread_out(travel, TRAVEL_L10, TRAVEL_L90), at_stops])
    # Stops counted when the parcel was loaded lie behind the van in part by now.
    passed = elapsed_min if tour.is_as_loaded else 0.0
    return Span(*(max(part - passed, part * LEAST_LEFT, least) for part in whole))


def _by_habit(habit: DwellStatistics, least: float, elapsed_min: float, *, known_place: bool) -> Span:
    """What is left of a tour nobody told us of; until the hub is known, it may end at any moment."""
    left = Span(*(max(part - elapsed_min, part * LEAST_LEFT, least) for part in span_of(habit, TOUR)))
    if habit.n >= KNOWN_FROM:
        return left
    middle = math.sqrt(max(least, SOONEST_MIN) * left.p50) if known_place else left.p50
    return Span(min(least, middle), middle, left.p90)


def _minutes_a_stop(habit: DwellStatistics, at: datetime, tour: Tour) -> float:
    """The van's own mean today, weighed against its zone's at this part of the day."""
    zone = math.exp(middle_of(habit, STOP))
    if tour.started_at is None or not tour.stops_done:
        return zone
    elapsed = (at - tour.started_at).total_seconds() / 60
    driven = drive_minutes(tour.stops_done * KM_A_STOP, at, two_wheeler=tour.two_wheeler)
    own = max((elapsed - driven) / tour.stops_done, 0.5)
    return (own * tour.stops_done + zone * WEIGHT) / (tour.stops_done + WEIGHT)
