"""What is to be expected of a shipment after a scan: its window, the chance to be late, the leg it is on."""

import math
from typing import NamedTuple

import msgspec

from tracking.domain.delay import LEARNED_ENOUGH, LEARNED_OF_CLASS, P_LATE_CAP
from tracking.domain.distance import distance_km
from tracking.domain.events import Eta, Explanation, HubPoint, Lane, LatenessRisk, Scan
from tracking.domain.legs import ANY_CLASS, RECIPIENT, OpenLeg, Run, UnderWay
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import Leg, Status, may_follow, read_on_leg
from tracking.domain.tour import Tour
from tracking.eta.departures import Point, find_leg, plan_run
from tracking.eta.dwell import DWELL, DwellStatistics, dwell_key, read_dwell, span_of, tour_key
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
from tracking.eta.spans import Span, add_up, share_after, soonest
from tracking.eta.tours import predict_door
from tracking.eta.windows import (
    make_eta,
    note_quarter,
    predict_rest,
    predict_unheard,
    predict_whole,
    quarter_of,
)

# Where an arrival may be expected; one that nobody has fetched yet, or that is held up, has none.
FORECASTABLE = frozenset(
    {Status.PICKED_UP, Status.IN_TRANSIT, Status.OUT_FOR_DELIVERY, Status.ATTEMPT_FAILED}
)


class ScanContext(NamedTuple):
    """What the world adds to a scan: the hub it was made at, the door (lat, lon), the tour it rides on."""

    hub_id: str | None = None
    door: Point | None = None
    tour: Tour | None = None


class Forecast(NamedTuple):
    """What a scan lets us expect; None where it says nothing of it, or nothing new."""

    eta: Eta | None = None
    lateness_risk: LatenessRisk | None = None
    open_leg: OpenLeg | None = None


NO_CONTEXT = ScanContext()


def forecast(
    book: LaneStatistics, state: ShipmentState, scan: Scan, outside: ScanContext = NO_CONTEXT
) -> Forecast:
    """Forecast the window, lateness risk and leg after the newest scan of a shipment in `state`."""
    status = _status_after(state, scan)
    tour = outside.tour
    leg = find_leg(book, state, scan, outside.hub_id, tour.stops_ahead if tour else None)
    if status not in FORECASTABLE or state.leg is Leg.RETURN:
        return Forecast(lateness_risk=_look_past(state, scan), open_leg=_if_new(leg, state))
    way = _Way(book, state, scan, outside, status, leg)
    parts = way.find_parts()
    if not parts:
        return Forecast(lateness_risk=_look_past(state, scan), open_leg=_if_new(leg, state))
    return Forecast(way.make_window(parts), way.look_out(parts), _if_new(way.note_leg(), state))


def _look_past(state: ShipmentState, scan: Scan) -> LatenessRisk | None:
    """Where no arrival can be expected, a promise that has passed is all that can be said."""
    passed = state.promised is not None and scan.occurred_at > state.promised.to
    return LatenessRisk(p_late=1.0, trusted=True) if passed else None


def _if_new(leg: OpenLeg | None, state: ShipmentState) -> OpenLeg | None:
    return None if leg is state.open_leg else leg


def _status_after(state: ShipmentState, scan: Scan) -> Status:
    if scan.status is None:
        return state.status
    status, _ = read_on_leg(scan.status, scan.substatus, state.leg)
    return status if may_follow(state.status, status, state.leg) else state.status


class _Way:
    """The way ahead of one shipment after one scan, part by part."""

    def __init__(
        self,
        book: LaneStatistics,
        state: ShipmentState,
        scan: Scan,
        outside: ScanContext,
        status: Status,
        leg: OpenLeg | None,
    ) -> None:
        self._book, self._state, self._scan, self._outside = book, state, scan, outside
        self._status, self._leg, self._at = status, leg, scan.occurred_at
        # What the leg ahead was predicted from, and the base minutes left of it.
        self._run: Run | None = None
        self._pace: TravelTimeRatio | None = None
        self._left_min = 0.0
        self._residuals_from = ""
        # How long the leg has been under way without a position to tell how far it has come.
        self._unheard_min = 0.0
        self._guesses = False
        self._left_km: float | None = None
        self._dwell_min = 0.0
        self._tour_habit: DwellStatistics | None = None
        # The stay and the tour at the end of the way, while nobody has told us of the tour.
        self._untold: list[Span] = []

    def find_parts(self) -> list[Span]:
        """The spans of what is still to come; empty where nothing is known of the way."""
        lane = self._state.lane
        if self._status is Status.OUT_FOR_DELIVERY:
            return [self._to_door(self._delivery_hub())]
        if self._leg is not None and self._leg.destination != RECIPIENT:
            return [self._rest_of(self._leg), *self._last_mile(self._leg.destination)]
        if lane is None:
            return self._straight_to_door()
        if self._is_at_end(lane):
            return self._last_mile(lane.destination.hub_id) or [self._stay(lane.destination.hub_id)]
        end = lane.destination.hub_id
        return [self._stay(lane.origin.hub_id), self._whole(lane), *self._last_mile(end)]

    def note_leg(self) -> OpenLeg | None:
        """The leg with what is now said of its rest, where that is the first in its quarter."""
        leg, pace = self._leg, self._pace
        if leg is None or pace is None or self._left_km is None or self._at == leg.departed_at:
            return leg
        note = UnderWay(
            quarter=quarter_of(leg.run, self._left_min),
            at=self._at,
            base_min=round(self._left_min, 3),
            mu=round(pace.mu, 6),
        )
        notes = note_quarter(leg.under_way, note) if note.base_min > 0 else leg.under_way
        return leg if notes is leg.under_way else msgspec.structs.replace(leg, under_way=notes)

    def make_window(self, parts: list[Span]) -> Eta:
        """The window of the whole way, with why it is so."""
        pace, habit, tour = self._pace, self._tour_habit, self._tour()
        depth: Depth = "global"
        known = 0.0
        if pace is not None:
            depth, known = pace.depth, pace.n
        elif habit is not None:
            depth, known = ("hub" if habit.n >= KNOWN_FROM else "global"), habit.n
        explanation = Explanation(
            basis=depth,
            n=int(known),
            base_min=round(self._run.base_min, 1) if self._run else 0.0,
            base_from="planned" if self._run and self._run.basis == "p" else "distance",
            pace=round(math.exp(pace.mu), 3) if pace else 0.0,
            remaining_km=None if self._left_km is None else round(self._left_km, 1),
            dwell_ahead_min=round(self._dwell_min, 1),
            stops_ahead=tour.stops_ahead if tour else None,
            legs_ahead=len(parts),
            interval_from=self._residuals_from,
        )
        return make_eta(add_up(parts), self._at, depth, explanation)

    def look_out(self, parts: list[Span]) -> LatenessRisk | None:
        """The chance to be late; None without a promise."""
        promised = self._state.promised
        if promised is None:
            return None
        allowed = (promised.to - self._at).total_seconds() / 60
        if allowed <= 0:
            return LatenessRisk(p_late=1.0, trusted=True)
        by_leg = len(parts) == 1 and self._pace is not None
        p_late = self._share_of_leg(allowed) if by_leg else self._share_of_way(parts, allowed)
        p_late = round(min(p_late, P_LATE_CAP), 4)
        return LatenessRisk(p_late=p_late, trusted=self._is_learned(), firm=not self._guesses)

    def _share_of_leg(self, allowed_min: float) -> float:
        """P(late) with one leg left: the share of residuals beyond the promise, of those still possible."""
        assert self._pace is not None
        residuals = read_residuals(self._book, self._residuals_from)
        expected = self._left_min * math.exp(self._pace.mu)
        beyond = 1.0 - residuals.share_below(math.log((self._unheard_min + allowed_min) / expected))
        if not self._unheard_min:
            return beyond
        possible = 1.0 - residuals.share_below(math.log(self._unheard_min / expected))
        return beyond / possible if possible > 0 else 1.0

    def _share_of_way(self, parts: list[Span], allowed_min: float) -> float:
        """P(late) with several parts left; of a first tour nobody has told us of, the soonest is taken.

        Where its stop lies on it, whoever promised may know, and we do not. A parcel on the road, or back
        from a tour that did not reach it, waits for a tour as others did.
        """
        untold = self._untold if self._waits_for_first_tour() else []
        road = parts[: len(parts) - len(untold)]
        return share_after(add_up([*road, *map(soonest, untold)]), allowed_min)

    def _waits_for_first_tour(self) -> bool:
        return self._leg is None and Status.OUT_FOR_DELIVERY.value not in self._state.reached

    def _is_learned(self) -> bool:
        """Whether the chance rests on enough history to be told."""
        if self._run is not None:
            known = read_level(self._book, class_key(self._run)).n
            return known >= LEARNED_OF_CLASS and read_global(self._book, self._run.basis).n >= LEARNED_ENOUGH
        return self._tour_habit is not None and self._tour_habit.n >= LEARNED_ENOUGH

    # --- The parts ---------------------------------------------------------------------------------

    def _rest_of(self, leg: OpenLeg) -> Span:
        run = leg.run
        pace = predict_ratio(self._book, run)
        self._run, self._pace = run, pace
        self._left_min, self._residuals_from = run.base_min, residuals_key(run.basis, run.bucket)
        if self._at == leg.departed_at:
            return predict_whole(pace, run.base_min)
        there = self._hub_named(leg.destination)
        if there is None or self._scan.lat is None or self._scan.lon is None or self._scan.is_fix_dropped:
            self._unheard_min = (self._at - leg.departed_at).total_seconds() / 60
            return predict_unheard(self._book, run, pace, self._unheard_min)
        left_km = distance_km(self._scan.lat, self._scan.lon, there.lat, there.lon)
        self._left_km = left_km
        self._left_min = max(run.base_min * left_km / max(leg.km, left_km, 1e-6), 0.1)
        quarter = quarter_of(run, self._left_min)
        self._residuals_from = under_way_residuals_key(run.basis, run.bucket, quarter)
        return predict_rest(self._book, run, pace, self._left_min)

    def _whole(self, lane: Lane) -> Span:
        """The lane that the parcel has not begun yet."""
        origin, there = lane.origin, lane.destination
        km = distance_km(origin.lat, origin.lon, there.lat, there.lon)
        run = plan_run(self._book, self._state, origin.hub_id, there, km, self._outside.door)
        return self._predict(run)

    def _predict(self, run: Run) -> Span:
        pace = predict_ratio(self._book, run)
        self._run, self._pace, self._left_min = run, pace, run.base_min
        self._residuals_from = residuals_key(run.basis, run.bucket)
        return predict_whole(pace, run.base_min)

    def _stay(self, hub_id: str) -> Span:
        habit = read_dwell(self._book, dwell_key(hub_id), DWELL)
        self._guesses |= habit.n < KNOWN_FROM
        span = span_of(habit, DWELL)
        self._dwell_min += span.p50
        return span

    def _to_door(self, hub_id: str) -> Span:
        self._tour_habit = read_dwell(self._book, tour_key(hub_id))
        scan, door = self._scan, self._outside.door
        km = None
        if door is not None and scan.lat is not None and scan.lon is not None:
            km = distance_km(scan.lat, scan.lon, *door)
        self._left_km = km
        elapsed = 0.0
        if self._leg is not None and self._leg.destination == RECIPIENT:
            elapsed = (self._at - self._leg.departed_at).total_seconds() / 60
        return predict_door(self._book, hub_id, self._at, self._tour(), km, elapsed)

    def _tour(self) -> Tour | None:
        """The tour as it is now, else as it was when the parcel was loaded."""
        if self._outside.tour is not None:
            return self._outside.tour
        stops = self._leg.stops_ahead if self._leg is not None else None
        return None if stops is None else Tour(stops_ahead=stops, is_as_loaded=True)

    def _last_mile(self, hub_id: str) -> list[Span]:
        """The stay at the last hub and the tour to the door, for a parcel that goes to one."""
        if self._state.destination_pin is None:
            return []
        habit = read_dwell(self._book, tour_key(hub_id))
        self._guesses = True
        self._tour_habit = habit if self._pace is None else None
        self._untold = [self._stay(hub_id), predict_door(self._book, hub_id, self._at, None, None)]
        return self._untold

    def _straight_to_door(self) -> list[Span]:
        """Without a lane the way is the straight line to the PIN code's area."""
        scan, door = self._scan, self._outside.door
        if door is None or scan.lat is None or scan.lon is None:
            return []
        self._left_km = distance_km(scan.lat, scan.lon, *door)
        there = HubPoint(hub_id=RECIPIENT, name="", lat=door[0], lon=door[1])
        run = plan_run(self._book, self._state, RECIPIENT, there, max(self._left_km, 0.1))
        return [self._predict(run._replace(vehicle_class=ANY_CLASS))]

    # --- Where it is ---------------------------------------------------------------------------------

    def _delivery_hub(self) -> str:
        if self._leg is not None and self._leg.destination == RECIPIENT:
            return self._leg.origin
        return self._state.lane.destination.hub_id if self._state.lane else ""

    def _is_at_end(self, lane: Lane) -> bool:
        """Whether the lane lies behind the parcel: it is at its last hub, or it was tried to be delivered."""
        end = lane.destination.hub_id
        state, scan = self._state, self._scan
        if end in (lane.origin.hub_id, self._outside.hub_id):
            return True
        if scan.substatus == "arrived_destination_hub" or self._status is Status.ATTEMPT_FAILED:
            return True
        if state.hub_stay is not None and state.hub_stay.hub_id == end:
            return True
        return Status.OUT_FOR_DELIVERY.value in state.reached

    def _hub_named(self, hub_id: str) -> HubPoint | None:
        lane = self._state.lane
        ends = (lane.origin, lane.destination) if lane else ()
        return next((hub for hub in ends if hub.hub_id == hub_id), None)
