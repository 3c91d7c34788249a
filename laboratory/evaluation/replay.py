"""Replay of recorded legs in time order: each is predicted at departure and learned at arrival.

A prediction uses only legs that had ended before it. Windows come from the product's `tracking.eta.windows`,
and learning goes through `learn_legs` into a `LaneStatisticsStore`: nothing is implemented twice.
"""

import math
from bisect import insort
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import perf_counter
from typing import NamedTuple

from laboratory.evaluation.leg_files import LaneHistory, ProgressSample
from tracking.domain.delay import P_LATE_CAP
from tracking.domain.legs import LegProfile, QuarterPrediction, find_fault
from tracking.eta.lane_keys import list_keys
from tracking.eta.lanes import (
    PRIOR_LOG_RATIO,
    LaneStatistics,
    Level,
    RatioPrediction,
    departure_residuals_key,
    lane_key,
    predict_ratio,
    residuals_at,
)
from tracking.eta.learning import MAX_LEVEL_COUNT
from tracking.eta.spans import Span
from tracking.eta.under_way import add_prediction, adjust_to_pace
from tracking.eta.windows import predict_full_leg, predict_remaining
from tracking.ports import LaneStatisticsStore
from tracking.services.prediction.learning import learn_legs
from tracking.services.prediction.leg_files import RecordedLeg, finish_recorded


class Prediction(NamedTuple):
    """Prediction of a leg at its departure, and that of the baseline (one constant factor), in minutes."""

    leg: RecordedLeg
    span: Span
    baseline_min: float
    unseen: bool
    promised_at: datetime | None
    p_late: float | None

    @property
    def actual_min(self) -> float:
        """Minutes the leg took."""
        return (self.leg.arrived_at - self.leg.departed_at).total_seconds() / 60


class RemainingPrediction(NamedTuple):
    """Prediction of the rest of a leg under way; `own_speed_min` is None if nothing was driven yet."""

    actual_min: float
    span: Span
    own_speed_min: float | None


@dataclass
class ReplayResult:
    """Predictions of a replay, and the seconds spent on predicting and on learning."""

    legs: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    predictions: list[Prediction] = field(default_factory=list)
    under_way: list[RemainingPrediction] | None = None
    predicted: int = 0
    learned: int = 0
    predicting_s: float = 0.0
    learning_s: float = 0.0


class Options(NamedTuple):
    """Time from which on legs are scored, and the promise in base minutes for legs without one."""

    score_from: datetime | None = None
    promise_factor: float | None = None


@dataclass
class _LegUnderWay:
    """Predictions of a leg under way: at departure, and the first of each part."""

    ratio: RatioPrediction
    by_quarter: tuple[QuarterPrediction, ...] = ()


def replay(
    lanes: LaneStatisticsStore,
    legs: Sequence[RecordedLeg],
    options: Options = Options(),  # noqa: B008 - a frozen value
    history: Sequence[RecordedLeg] | Sequence[LaneHistory] = (),
    progress: Sequence[ProgressSample] = (),
) -> ReplayResult:
    """Replay the legs into `lanes`, after learning `history`.

    Predictions are in order of departure; those under way are made at the samples of `progress`.
    """
    run = _Replay(lanes, options)
    run.result.under_way = [] if progress else None
    run.learn_history(history)
    usable = run.select_usable(legs)
    for moment in _schedule(usable, progress):
        if moment.sample is not None:
            run.predict_rest(moment.leg, moment.sample)
        elif moment.order == _ARRIVAL:
            run.arrive(moment.leg)
        else:
            run.depart(moment.leg)
    return run.result


# Order at equal times.
_ARRIVAL, _DEPARTURE, _SAMPLE = range(3)


class _Moment(NamedTuple):
    """Departure, arrival or progress sample of a leg."""

    at: datetime
    order: int
    leg_id: str
    leg: RecordedLeg
    sample: ProgressSample | None = None


def _schedule(legs: Sequence[RecordedLeg], progress: Iterable[ProgressSample] = ()) -> list[_Moment]:
    """Return all moments in order of time; a sample outside the time of its leg is left out."""
    by_id = {leg.leg_id: leg for leg in legs}
    moments = [_Moment(leg.arrived_at, _ARRIVAL, leg.leg_id, leg) for leg in legs]
    moments += [_Moment(leg.departed_at, _DEPARTURE, leg.leg_id, leg) for leg in legs]
    for sample in progress:
        leg = by_id.get(sample.leg_id)
        if leg is not None and leg.departed_at <= sample.at < leg.arrived_at:
            moments.append(_Moment(sample.at, _SAMPLE, leg.leg_id, leg, sample))
    return sorted(moments, key=lambda moment: moment[:3])


class _Replay:
    """One replay in progress."""

    def __init__(self, lanes: LaneStatisticsStore, options: Options) -> None:
        self.result = ReplayResult()
        self._lanes, self._options = lanes, options
        self._under_way: dict[str, _LegUnderWay] = {}
        self._ended_lanes: set[str] = set()
        self._seed_lanes: set[tuple[str, str]] | None = None
        self._ratios: list[float] = []

    def learn_history(self, history: Sequence[RecordedLeg] | Sequence[LaneHistory]) -> None:
        """Learn history from elsewhere, legs or aggregates of lanes, without scoring it."""
        if not history:
            return
        recorded = [entry for entry in history if isinstance(entry, RecordedLeg)]
        aggregates = [entry for entry in history if isinstance(entry, LaneHistory)]
        self._lanes.put(
            {
                lane_key(LegProfile(lane.origin, lane.destination, "", "p", 1.0)): Level(
                    mean_log=math.log(lane.median_ratio), count=min(lane.legs, MAX_LEVEL_COUNT)
                )
                for lane in aggregates
            }
        )
        usable = [leg for leg in recorded if find_fault(leg.departed_at, leg.arrived_at) is None]
        for moment in _schedule(usable):
            if moment.order == _ARRIVAL:
                self.arrive(moment.leg)
            else:
                self._predict(moment.leg)
        self._seed_lanes = {(lane.origin, lane.destination) for lane in aggregates} | {
            (leg.profile.origin, leg.profile.destination) for leg in recorded
        }

    def select_usable(self, legs: Sequence[RecordedLeg]) -> list[RecordedLeg]:
        """Return the legs that may be predicted and learned; the others are counted by reason."""
        usable: dict[str, RecordedLeg] = {}
        for leg in legs:
            self.result.legs += 1
            fault = find_fault(leg.departed_at, leg.arrived_at)
            if fault or leg.leg_id in usable:
                self.result.skipped[fault or "leg_id_again"] += 1
            else:
                usable[leg.leg_id] = leg
        return list(usable.values())

    def depart(self, leg: RecordedLeg) -> None:
        """Predict the leg; keep the prediction for scoring if the leg departs late enough."""
        ratio, span, statistics = self._predict(leg)
        score_from = self._options.score_from
        if score_from is not None and leg.departed_at < score_from:
            return
        promised_at = leg.promised_at
        if promised_at is None and self._options.promise_factor is not None:
            allowed_min = self._options.promise_factor * leg.profile.base_min
            promised_at = leg.departed_at + timedelta(minutes=allowed_min)
        p_late = None if promised_at is None else _share_late(statistics, leg, ratio, promised_at)
        self.result.predictions.append(
            Prediction(leg, span, self._baseline(leg), self._is_unseen(leg), promised_at, p_late)
        )

    def predict_rest(self, leg: RecordedLeg, sample: ProgressSample) -> None:
        """Predict the rest of the leg at a progress sample."""
        profile, at, remaining_min = leg.profile, sample.at, sample.remaining_min
        if remaining_min <= 0:
            return
        statistics = self._read_statistics(leg)
        elapsed_min = (at - leg.departed_at).total_seconds() / 60
        ratio = predict_ratio(statistics, profile)
        rest = adjust_to_pace(statistics, profile, ratio, remaining_min, elapsed_min)
        span = predict_remaining(statistics, profile, rest.ratio, remaining_min)
        under_way = self._under_way[leg.leg_id]
        under_way.by_quarter = add_prediction(under_way.by_quarter, profile, rest, at, span)
        score_from = self._options.score_from
        scored = self.result.under_way
        if scored is not None and (score_from is None or leg.departed_at >= score_from):
            actual_min = (leg.arrived_at - at).total_seconds() / 60
            scored.append(RemainingPrediction(actual_min, span, _predict_by_own_speed(leg, sample)))

    def arrive(self, leg: RecordedLeg) -> None:
        """Learn the leg, with the predictions made on the way."""
        under_way = self._under_way.pop(leg.leg_id)
        finished = finish_recorded(leg, under_way.ratio, under_way.by_quarter)
        started = perf_counter()
        self.result.learned += learn_legs(self._lanes, [finished])
        self.result.learning_s += perf_counter() - started
        self._ended_lanes.add(lane_key(leg.profile))
        insort(self._ratios, finished.minutes / leg.profile.base_min)

    def _predict(self, leg: RecordedLeg) -> tuple[RatioPrediction, Span, LaneStatistics]:
        statistics = self._read_statistics(leg)
        started = perf_counter()
        ratio = predict_ratio(statistics, leg.profile)
        span = predict_full_leg(ratio, leg.profile.base_min)
        self.result.predicting_s += perf_counter() - started
        self.result.predicted += 1
        self._under_way[leg.leg_id] = _LegUnderWay(ratio)
        return ratio, span, statistics

    def _read_statistics(self, leg: RecordedLeg) -> LaneStatistics:
        return {key: entry.statistic for key, entry in self._lanes.read(list_keys(leg.profile)).items()}

    def _baseline(self, leg: RecordedLeg) -> float:
        """Return base minutes times the median ratio of all legs that have ended."""
        if not self._ratios:
            return leg.profile.base_min * math.exp(PRIOR_LOG_RATIO)
        half = len(self._ratios) // 2
        median = (self._ratios[half] + self._ratios[-half - 1]) / 2
        return leg.profile.base_min * median

    def _is_unseen(self, leg: RecordedLeg) -> bool:
        if self._seed_lanes is not None:
            return (leg.profile.origin, leg.profile.destination) not in self._seed_lanes
        return lane_key(leg.profile) not in self._ended_lanes


def _share_late(
    statistics: LaneStatistics, leg: RecordedLeg, ratio: RatioPrediction, promised_at: datetime
) -> float:
    """Return P(late) at departure: the share of residuals beyond the promise."""
    allowed_min = (promised_at - leg.departed_at).total_seconds() / 60
    if allowed_min <= 0:
        return 1.0
    residuals = residuals_at(statistics, departure_residuals_key(leg.profile.base_from, leg.profile.bucket))
    beyond = 1.0 - residuals.share_below(math.log(allowed_min / leg.profile.base_min) - ratio.log_ratio)
    return min(beyond, P_LATE_CAP)


def _predict_by_own_speed(leg: RecordedLeg, sample: ProgressSample) -> float | None:
    """Return the remaining minutes at the speed of the leg so far, for comparison."""
    done_min = leg.profile.base_min - sample.remaining_min
    elapsed_min = (sample.at - leg.departed_at).total_seconds() / 60
    return elapsed_min / done_min * sample.remaining_min if done_min > 0 and elapsed_min > 0 else None
