"""Remaining route of a shipment: spans of its legs, dwell times and tour, and what they add up to."""

import math
from datetime import datetime

import msgspec

from tracking.domain.delay import LEARNED_ENOUGH, P_LATE_CAP
from tracking.domain.distance import distance_km
from tracking.domain.events import Eta, Explanation, HubPoint, Lane, LatenessRisk, Scan
from tracking.domain.legs import RECIPIENT, LegProfile, OpenLeg
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Status
from tracking.domain.tour import Tour
from tracking.eta.conformal import find_shown_factor
from tracking.eta.departures import build_profile
from tracking.eta.durations import (
    TYPICAL_DWELL,
    DurationStatistics,
    durations_at,
    dwell_key,
    predict_duration,
    tour_key,
)
from tracking.eta.lanes import (
    KNOWN_FROM,
    LaneStatistics,
    LevelName,
    RatioPrediction,
    departure_residuals_key,
    is_class_learned,
    predict_ratio,
    residuals_at,
    under_way_residuals_key,
)
from tracking.eta.promises import predict_broken
from tracking.eta.route_position import find_delivery_hub, find_lane_hub, is_lane_done
from tracking.eta.scan_context import ScanContext
from tracking.eta.spans import NO_TIME, Span, earliest_span, share_longer_than, sum_spans
from tracking.eta.tours import predict_tour
from tracking.eta.under_way import RestPrediction, add_prediction, adjust_to_pace
from tracking.eta.windows import (
    make_eta,
    predict_full_leg,
    predict_remaining,
    predict_without_position,
    quarter_of_leg,
)

# Least base minutes left of a leg (logs are taken of them), and least straight kilometres of a direct leg.
MIN_BASE_MIN = 0.1
MIN_DIRECT_KM = 0.1


class RemainingRoute:
    """Route that a shipment has ahead after one scan.

    `parts` are the spans of its parts, in order; empty if the route is unknown.
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
        self._ratio: RatioPrediction | None = None
        # Prediction of the rest of a leg under way, by the position.
        self._rest: RestPrediction | None = None
        self._remaining_base_min = 0.0
        self._residuals_key = ""
        # Minutes since the departure, if no position shows how far the leg has come.
        self._elapsed_min = 0.0
        # False if a dwell or a tour is not learned yet, or the tour is not known.
        self._is_firm = True
        self._remaining_km: float | None = None
        self._dwell_min = 0.0
        self._tour_durations: DurationStatistics | None = None
        # Dwell at the last hub and tour to the recipient, while the tour is not known.
        self._unknown_tour: list[Span] = []
        # Last, since it sets the fields above.
        self.parts = self._predict_parts()
        self._whole = sum_spans(self.parts) if self.parts else NO_TIME

    def update_leg(self) -> OpenLeg | None:
        """Return the leg with the prediction of its rest added, if that is the first of its part."""
        leg, rest = self._leg, self._rest
        if leg is None or rest is None:
            return leg
        under_way = add_prediction(leg.under_way, leg.profile, rest, self._at, self.parts[0])
        return leg if under_way is leg.under_way else msgspec.structs.replace(leg, under_way=under_way)

    def make_window(self) -> Eta:
        """Return the arrival window of the whole route, with its explanation."""
        profile, ratio, tour = self._profile, self._ratio, self._tour_or_as_loaded()
        level, count = self._find_level()
        explanation = Explanation(
            level=level,
            count=int(count),
            base_min=round(profile.base_min, 1) if profile else 0.0,
            base_from="planned" if profile and profile.base_from == "p" else "distance",
            travel_time_ratio=round(math.exp(ratio.log_ratio), 3) if ratio else 0.0,
            remaining_km=None if self._remaining_km is None else round(self._remaining_km, 1),
            dwell_ahead_min=round(self._dwell_min, 1),
            stops_ahead=tour.stops_ahead if tour else None,
            legs_ahead=len(self.parts),
            residuals_key=self._residuals_key,
            widening=find_shown_factor(self._statistics, self._residuals_key),
        )
        return make_eta(self._whole, self._at, level, explanation)

    def assess_lateness(self) -> LatenessRisk | None:
        """Return the chance of an arrival after the promised window; None if there is no promise."""
        promised = self._state.promised
        if promised is None:
            return None
        allowed_min = (promised.to - self._at).total_seconds() / 60
        if allowed_min <= 0:
            return LatenessRisk(p_late=1.0, is_trusted=True)
        is_one_leg = len(self.parts) == 1 and self._ratio is not None
        p_late = self._p_late_of_leg(allowed_min) if is_one_leg else self._p_late_of_parts(allowed_min)
        is_trusted = self._is_trusted()
        if self._unknown_tour and self._waits_for_first_tour():
            p_late, of_hub = self._p_late_by_promises(promised.to, p_late)
            is_trusted = of_hub >= LEARNED_ENOUGH
        p_late = round(min(p_late, P_LATE_CAP), 4)
        return LatenessRisk(p_late=p_late, is_trusted=is_trusted, is_firm=self._is_firm)

    def _p_late_of_leg(self, allowed_min: float) -> float:
        """Return P(late) with one leg left: the share of residuals beyond the promise.

        Without a position, the time that has passed rules out the residuals below it.
        """
        assert self._ratio is not None
        residuals = residuals_at(self._statistics, self._residuals_key)
        expected_min = self._remaining_base_min * math.exp(self._ratio.log_ratio)
        latest_min = self._elapsed_min + allowed_min
        beyond = 1.0 - residuals.share_below(math.log(latest_min / expected_min))
        if not self._elapsed_min:
            return beyond
        possible = 1.0 - residuals.share_below(math.log(self._elapsed_min / expected_min))
        return beyond / possible if possible > 0 else 1.0

    def _p_late_of_parts(self, allowed_min: float) -> float:
        """Return P(late) with several parts left.

        For a parcel that waits for its first, unknown tour, an early stop is assumed, since the partner may
        have promised knowing that the parcel comes early on the tour. On the road, or after a tour that did
        not reach it, the whole distribution counts (decision 0038).
        """
        if not self._unknown_tour or not self._waits_for_first_tour():
            return share_longer_than(self._whole, allowed_min)
        road = self.parts[: len(self.parts) - len(self._unknown_tour)]
        early = map(earliest_span, self._unknown_tour)
        return share_longer_than(sum_spans([*road, *early]), allowed_min)

    def _p_late_by_promises(self, promised_at: datetime, p_late: float) -> tuple[float, float]:
        """Return P(late) by earlier promises of the hub, and their number; `p_late` is the prior."""
        reached = self._state.reached
        booked_at = min(reached.values()) if reached else self._at
        hub_id = find_delivery_hub(self._state, self._leg)
        return predict_broken(self._statistics, hub_id, booked_at, promised_at, self._at, p_late)

    def _waits_for_first_tour(self) -> bool:
        return self._leg is None and Status.OUT_FOR_DELIVERY not in self._state.reached

    def _is_trusted(self) -> bool:
        """Return whether enough legs are learned for the chance to be trusted."""
        if self._profile is not None:
            return is_class_learned(self._statistics, self._profile)
        return self._tour_durations is not None and self._tour_durations.count >= LEARNED_ENOUGH

    def _find_level(self) -> tuple[LevelName, float]:
        """Return the deepest level of history that the window rests on, and its number of legs or tours."""
        if self._ratio is not None:
            return self._ratio.level, self._ratio.legs
        if self._tour_durations is not None:
            count = self._tour_durations.count
            return ("hub" if count >= KNOWN_FROM else "global"), count
        return "global", 0.0

    # --- The parts ---------------------------------------------------------------------------------

    def _predict_parts(self) -> list[Span]:
        lane = self._state.lane
        if self._status is Status.OUT_FOR_DELIVERY:
            return [self._predict_current_tour(find_delivery_hub(self._state, self._leg))]
        if self._leg is not None and self._leg.destination != RECIPIENT:
            return [self._predict_open_leg(self._leg), *self._predict_dwell_and_tour(self._leg.destination)]
        if lane is None:
            return self._predict_direct()
        end = lane.destination.hub_id
        if is_lane_done(self._state, lane, self._scan, self._context.hub_id, self._status):
            return self._predict_dwell_and_tour(end) or [self._predict_dwell(end)]
        dwell = self._predict_dwell(lane.origin.hub_id)
        return [dwell, self._predict_lane(lane), *self._predict_dwell_and_tour(end)]

    def _predict_open_leg(self, leg: OpenLeg) -> Span:
        profile = leg.profile
        ratio = predict_ratio(self._statistics, profile)
        self._profile, self._ratio, self._remaining_base_min = profile, ratio, profile.base_min
        self._residuals_key = departure_residuals_key(profile.base_from, profile.bucket)
        elapsed_min = (self._at - leg.departed_at).total_seconds() / 60
        if not elapsed_min:
            return predict_full_leg(ratio, profile.base_min)
        hub = find_lane_hub(self._state.lane, leg.destination)
        if hub is None or self._scan.lat is None or self._scan.lon is None or self._scan.is_fix_dropped:
            self._elapsed_min = elapsed_min
            return predict_without_position(self._statistics, profile, ratio, self._elapsed_min)
        km = distance_km(self._scan.lat, self._scan.lon, hub.lat, hub.lon)
        self._remaining_km = km
        self._remaining_base_min = max(profile.base_min * km / max(leg.km, km, 1e-6), MIN_BASE_MIN)
        self._rest = adjust_to_pace(self._statistics, profile, ratio, self._remaining_base_min, elapsed_min)
        self._ratio = self._rest.ratio
        quarter = quarter_of_leg(profile, self._remaining_base_min)
        self._residuals_key = under_way_residuals_key(profile.base_from, profile.bucket, quarter)
        return predict_remaining(self._statistics, profile, self._ratio, self._remaining_base_min)

    def _predict_lane(self, lane: Lane) -> Span:
        """Return the span of the lane, which the parcel has not begun yet."""
        origin, destination = lane.origin, lane.destination
        km = distance_km(origin.lat, origin.lon, destination.lat, destination.lon)
        point = self._context.pin_point
        profile = build_profile(self._statistics, self._state, origin.hub_id, destination, km, point)
        return self._predict_new_leg(profile)

    def _predict_new_leg(self, profile: LegProfile) -> Span:
        ratio = predict_ratio(self._statistics, profile)
        self._profile, self._ratio, self._remaining_base_min = profile, ratio, profile.base_min
        self._residuals_key = departure_residuals_key(profile.base_from, profile.bucket)
        return predict_full_leg(ratio, profile.base_min)

    def _predict_dwell(self, hub_id: str) -> Span:
        durations = durations_at(self._statistics, dwell_key(hub_id), TYPICAL_DWELL)
        self._is_firm &= durations.count >= KNOWN_FROM
        span = predict_duration(durations, TYPICAL_DWELL)
        self._dwell_min += span.p50
        return span

    def _predict_current_tour(self, hub_id: str) -> Span:
        self._tour_durations = durations_at(self._statistics, tour_key(hub_id))
        scan, pin_point = self._scan, self._context.pin_point
        if pin_point is not None and scan.lat is not None and scan.lon is not None:
            self._remaining_km = distance_km(scan.lat, scan.lon, *pin_point)
        elapsed_min = 0.0
        if self._leg is not None and self._leg.destination == RECIPIENT:
            elapsed_min = (self._at - self._leg.departed_at).total_seconds() / 60
        tour, km = self._tour_or_as_loaded(), self._remaining_km
        return predict_tour(self._statistics, hub_id, self._at, tour, km, elapsed_min)

    def _predict_dwell_and_tour(self, hub_id: str) -> list[Span]:
        """Return dwell at the last hub and tour to the recipient; empty for a parcel without a PIN code."""
        if self._state.destination_pin is None:
            return []
        if self._ratio is None:
            self._tour_durations = durations_at(self._statistics, tour_key(hub_id))
        self._is_firm = False
        tour = predict_tour(self._statistics, hub_id, self._at, None, None)
        self._unknown_tour = [self._predict_dwell(hub_id), tour]
        return self._unknown_tour

    def _predict_direct(self) -> list[Span]:
        """Return one leg on the straight line to the PIN code, for a shipment without a lane."""
        scan, pin_point = self._scan, self._context.pin_point
        if pin_point is None or scan.lat is None or scan.lon is None:
            return []
        self._remaining_km = distance_km(scan.lat, scan.lon, *pin_point)
        destination = HubPoint(hub_id=RECIPIENT, name="", lat=pin_point[0], lon=pin_point[1])
        km = max(self._remaining_km, MIN_DIRECT_KM)
        # Without a lane no hub is known; the leg's statistics go under `~` to `~`.
        profile = build_profile(self._statistics, self._state, RECIPIENT, destination, km)
        return [self._predict_new_leg(profile)]

    # --- Where the parcel is -------------------------------------------------------------------------

    def _tour_or_as_loaded(self) -> Tour | None:
        """Return the tour as it is now, else as it was when the parcel was loaded."""
        if self._context.tour is not None:
            return self._context.tour
        stops = self._leg.stops_ahead if self._leg is not None else None
        return None if stops is None else Tour(stops_ahead=stops, is_as_loaded=True)
