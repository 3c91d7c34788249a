"""Remaining route of a shipment: spans of its legs, dwell times and tour, and what they add up to."""

import math

import msgspec

from tracking.domain.delay import LEARNED_ENOUGH, LEARNED_OF_CLASS, P_LATE_CAP
from tracking.domain.distance import distance_km
from tracking.domain.events import Eta, Explanation, HubPoint, Lane, LatenessRisk, Scan
from tracking.domain.legs import ANY_CLASS, RECIPIENT, LegProfile, OpenLeg, QuarterPrediction
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Status
from tracking.domain.tour import Tour
from tracking.eta.departures import build_profile
from tracking.eta.dwell import (
    DWELL,
    DurationStatistics,
    dwell_key,
    estimate_span,
    read_durations,
    tour_key,
)
from tracking.eta.lanes import (
    KNOWN_FROM,
    Depth,
    LaneStatistics,
    TravelTimeRatio,
    class_key,
    predict_ratio,
    read_global,
    read_level,
    read_residuals,
    residuals_key,
    under_way_residuals_key,
)
from tracking.eta.scan_context import ScanContext
from tracking.eta.spans import Span, earliest_span, share_longer_than, sum_spans
from tracking.eta.tours import predict_tour
from tracking.eta.windows import (
    add_quarter_prediction,
    make_eta,
    predict_full_leg,
    predict_remaining,
    predict_without_position,
    quarter_of,
)


class RemainingRoute:
    """Route that a shipment has ahead after one scan, part by part.

    Call `predict_parts()` first: the other methods use what it has found.
    """

    def __init__(
        self,
        statistics: LaneStatistics,
        state: ShipmentState,
        scan: Scan,
        context: ScanContext,
        status: Status,
        leg: OpenLeg | None,
    ) -> None:
        self._statistics, self._state, self._scan, self._context = statistics, state, scan, context
        self._status, self._leg, self._at = status, leg, scan.occurred_at
        # Inputs and ratio of the leg ahead, the base minutes left of it, and the key of its residuals.
        self._profile: LegProfile | None = None
        self._ratio: TravelTimeRatio | None = None
        self._remaining_base_min = 0.0
        self._residuals_key = ""
        # Minutes since the departure, if no position shows how far the leg has come.
        self._elapsed_min = 0.0
        # True if a dwell or a tour is not learned yet, or the tour is not known.
        self._is_guess = False
        self._remaining_km: float | None = None
        self._dwell_min = 0.0
        self._tour_durations: DurationStatistics | None = None
        # Dwell at the last hub and tour to the door, while the tour is not known.
        self._unknown_tour: list[Span] = []

    def predict_parts(self) -> list[Span]:
        """Return the spans of the parts ahead, in order; empty if the route is unknown."""
        lane = self._state.lane
        if self._status is Status.OUT_FOR_DELIVERY:
            return [self._predict_current_tour(self._find_delivery_hub())]
        if self._leg is not None and self._leg.destination != RECIPIENT:
            return [self._predict_rest_of_leg(self._leg), *self._predict_last_mile(self._leg.destination)]
        if lane is None:
            return self._predict_straight_to_door()
        end = lane.destination.hub_id
        if self._is_lane_done(lane):
            return self._predict_last_mile(end) or [self._predict_dwell(end)]
        dwell = self._predict_dwell(lane.origin.hub_id)
        return [dwell, self._predict_whole_lane(lane), *self._predict_last_mile(end)]

    def update_leg(self) -> OpenLeg | None:
        """Return the leg with the prediction of its rest added, if that is the first of its quarter."""
        leg, ratio = self._leg, self._ratio
        if leg is None or ratio is None or self._remaining_km is None or self._at == leg.departed_at:
            return leg
        prediction = QuarterPrediction(
            quarter=quarter_of(leg.profile, self._remaining_base_min),
            at=self._at,
            base_min=round(self._remaining_base_min, 3),
            mu=round(ratio.mu, 6),
        )
        if prediction.base_min <= 0:
            return leg
        under_way = add_quarter_prediction(leg.under_way, prediction)
        return leg if under_way is leg.under_way else msgspec.structs.replace(leg, under_way=under_way)

    def make_window(self, parts: list[Span]) -> Eta:
        """Return the arrival window of the whole route, with its explanation."""
        profile, ratio, tour = self._profile, self._ratio, self._find_tour()
        depth, known = self._find_depth()
        explanation = Explanation(
            basis=depth,
            n=int(known),
            base_min=round(profile.base_min, 1) if profile else 0.0,
            base_from="planned" if profile and profile.basis == "p" else "distance",
            travel_time_ratio=round(math.exp(ratio.mu), 3) if ratio else 0.0,
            remaining_km=None if self._remaining_km is None else round(self._remaining_km, 1),
            dwell_ahead_min=round(self._dwell_min, 1),
            stops_ahead=tour.stops_ahead if tour else None,
            legs_ahead=len(parts),
            interval_from=self._residuals_key,
        )
        return make_eta(sum_spans(parts), self._at, depth, explanation)

    def assess_lateness(self, parts: list[Span]) -> LatenessRisk | None:
        """Return the chance that the arrival comes after the promise; None without a promise."""
        promised = self._state.promised
        if promised is None:
            return None
        allowed_min = (promised.to - self._at).total_seconds() / 60
        if allowed_min <= 0:
            return LatenessRisk(p_late=1.0, trusted=True)
        is_one_leg = len(parts) == 1 and self._ratio is not None
        p_late = self._p_late_of_leg(allowed_min) if is_one_leg else self._p_late_of_parts(parts, allowed_min)
        p_late = round(min(p_late, P_LATE_CAP), 4)
        return LatenessRisk(p_late=p_late, trusted=self._is_learned(), firm=not self._is_guess)

    def _p_late_of_leg(self, allowed_min: float) -> float:
        """Return P(late) with one leg left: the share of residuals beyond the promise.

        Without a position, only residuals beyond the elapsed time are still possible.
        """
        assert self._ratio is not None
        residuals = read_residuals(self._statistics, self._residuals_key)
        expected_min = self._remaining_base_min * math.exp(self._ratio.mu)
        latest_min = self._elapsed_min + allowed_min
        beyond = 1.0 - residuals.share_below(math.log(latest_min / expected_min))
        if not self._elapsed_min:
            return beyond
        possible = 1.0 - residuals.share_below(math.log(self._elapsed_min / expected_min))
        return beyond / possible if possible > 0 else 1.0

    def _p_late_of_parts(self, parts: list[Span], allowed_min: float) -> float:
        """Return P(late) with several parts left.

        For a parcel that waits for its first, unknown tour, the earliest stops of a tour are assumed: the
        partner that promised may know where its stop lies on it. On the road, or after a tour that did not
        reach it, the whole distribution counts (decision 0038).
        """
        unknown_tour = self._unknown_tour if self._waits_for_first_tour() else []
        road = parts[: len(parts) - len(unknown_tour)]
        return share_longer_than(sum_spans([*road, *map(earliest_span, unknown_tour)]), allowed_min)

    def _waits_for_first_tour(self) -> bool:
        return self._leg is None and Status.OUT_FOR_DELIVERY.value not in self._state.reached

    def _is_learned(self) -> bool:
        """Return whether enough legs are learned for the chance to be trusted."""
        if self._profile is not None:
            of_class = read_level(self._statistics, class_key(self._profile)).n
            all_legs = read_global(self._statistics, self._profile.basis).n
            return of_class >= LEARNED_OF_CLASS and all_legs >= LEARNED_ENOUGH
        return self._tour_durations is not None and self._tour_durations.n >= LEARNED_ENOUGH

    def _find_depth(self) -> tuple[Depth, float]:
        """Return the deepest level of history that the window rests on, and its number of legs or tours."""
        if self._ratio is not None:
            return self._ratio.depth, self._ratio.n
        if self._tour_durations is not None:
            n = self._tour_durations.n
            return ("hub" if n >= KNOWN_FROM else "global"), n
        return "global", 0.0

    # --- The parts ---------------------------------------------------------------------------------

    def _predict_rest_of_leg(self, leg: OpenLeg) -> Span:
        profile = leg.profile
        ratio = predict_ratio(self._statistics, profile)
        self._profile, self._ratio = profile, ratio
        self._remaining_base_min = profile.base_min
        self._residuals_key = residuals_key(profile.basis, profile.bucket)
        if self._at == leg.departed_at:
            return predict_full_leg(ratio, profile.base_min)
        hub = self._find_lane_hub(leg.destination)
        if hub is None or self._scan.lat is None or self._scan.lon is None or self._scan.is_fix_dropped:
            self._elapsed_min = (self._at - leg.departed_at).total_seconds() / 60
            return predict_without_position(self._statistics, profile, ratio, self._elapsed_min)
        km = distance_km(self._scan.lat, self._scan.lon, hub.lat, hub.lon)
        self._remaining_km = km
        self._remaining_base_min = max(profile.base_min * km / max(leg.km, km, 1e-6), 0.1)
        quarter = quarter_of(profile, self._remaining_base_min)
        self._residuals_key = under_way_residuals_key(profile.basis, profile.bucket, quarter)
        return predict_remaining(self._statistics, profile, ratio, self._remaining_base_min)

    def _predict_whole_lane(self, lane: Lane) -> Span:
        """Return the span of the lane, which the parcel has not begun yet."""
        origin, destination = lane.origin, lane.destination
        km = distance_km(origin.lat, origin.lon, destination.lat, destination.lon)
        door = self._context.door
        return self._predict_leg(
            build_profile(self._statistics, self._state, origin.hub_id, destination, km, door)
        )

    def _predict_leg(self, profile: LegProfile) -> Span:
        ratio = predict_ratio(self._statistics, profile)
        self._profile, self._ratio, self._remaining_base_min = profile, ratio, profile.base_min
        self._residuals_key = residuals_key(profile.basis, profile.bucket)
        return predict_full_leg(ratio, profile.base_min)

    def _predict_dwell(self, hub_id: str) -> Span:
        durations = read_durations(self._statistics, dwell_key(hub_id), DWELL)
        self._is_guess |= durations.n < KNOWN_FROM
        span = estimate_span(durations, DWELL)
        self._dwell_min += span.p50
        return span

    def _predict_current_tour(self, hub_id: str) -> Span:
        self._tour_durations = read_durations(self._statistics, tour_key(hub_id))
        scan, door = self._scan, self._context.door
        if door is not None and scan.lat is not None and scan.lon is not None:
            self._remaining_km = distance_km(scan.lat, scan.lon, *door)
        elapsed_min = 0.0
        if self._leg is not None and self._leg.destination == RECIPIENT:
            elapsed_min = (self._at - self._leg.departed_at).total_seconds() / 60
        tour = self._find_tour()
        return predict_tour(self._statistics, hub_id, self._at, tour, self._remaining_km, elapsed_min)

    def _predict_last_mile(self, hub_id: str) -> list[Span]:
        """Return dwell at the last hub and tour to the door; empty for a parcel without a PIN code."""
        if self._state.destination_pin is None:
            return []
        durations = read_durations(self._statistics, tour_key(hub_id))
        self._is_guess = True
        self._tour_durations = durations if self._ratio is None else None
        tour = predict_tour(self._statistics, hub_id, self._at, None, None)
        self._unknown_tour = [self._predict_dwell(hub_id), tour]
        return self._unknown_tour

    def _predict_straight_to_door(self) -> list[Span]:
        """Return one leg on the straight line to the PIN code, for a shipment without a lane."""
        scan, door = self._scan, self._context.door
        if door is None or scan.lat is None or scan.lon is None:
            return []
        self._remaining_km = distance_km(scan.lat, scan.lon, *door)
        destination = HubPoint(hub_id=RECIPIENT, name="", lat=door[0], lon=door[1])
        km = max(self._remaining_km, 0.1)
        profile = build_profile(self._statistics, self._state, RECIPIENT, destination, km)
        return [self._predict_leg(profile._replace(vehicle_class=ANY_CLASS))]

    # --- Where the parcel is -------------------------------------------------------------------------

    def _find_tour(self) -> Tour | None:
        """Return the tour as it is now, else as it was when the parcel was loaded."""
        if self._context.tour is not None:
            return self._context.tour
        stops = self._leg.stops_ahead if self._leg is not None else None
        return None if stops is None else Tour(stops_ahead=stops, is_as_loaded=True)

    def _find_delivery_hub(self) -> str:
        if self._leg is not None and self._leg.destination == RECIPIENT:
            return self._leg.origin
        return self._state.lane.destination.hub_id if self._state.lane else ""

    def _is_lane_done(self, lane: Lane) -> bool:
        """Return whether the parcel has the lane behind it: at its last hub, or after a delivery attempt."""
        end = lane.destination.hub_id
        state, scan = self._state, self._scan
        if end in (lane.origin.hub_id, self._context.hub_id):
            return True
        if scan.substatus == "arrived_destination_hub" or self._status is Status.ATTEMPT_FAILED:
            return True
        if state.hub_stay is not None and state.hub_stay.hub_id == end:
            return True
        return Status.OUT_FOR_DELIVERY.value in state.reached

    def _find_lane_hub(self, hub_id: str) -> HubPoint | None:
        lane = self._state.lane
        ends = (lane.origin, lane.destination) if lane else ()
        return next((hub for hub in ends if hub.hub_id == hub_id), None)
