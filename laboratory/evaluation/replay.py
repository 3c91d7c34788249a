"""Replay: recorded legs are driven again in time order, predicted before and learned after.

A prediction sees only legs that had ended before it. There is no second implementation: the windows come from
`tracking.eta.windows`, and what is learned goes through `learn_legs` into a port `LaneStatisticsStore`.
"""

import math
from bisect import insort
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import perf_counter
from typing import NamedTuple

from laboratory.evaluation.leg_files import LaneHistory, LegCheckpoint, RecordedLeg
from tracking.domain.delay import P_LATE_CAP
from tracking.domain.legs import FinishedLeg, LegProfile, QuarterPrediction, find_fault
from tracking.eta.lanes import (
    PRIOR_LOG_RATIO,
    LaneStatistics,
    Level,
    TravelTimeRatio,
    lane_key,
    list_keys,
    predict_ratio,
    read_residuals,
    residuals_key,
)
from tracking.eta.learning import MAX_LEVEL_COUNT
from tracking.eta.spans import Span
from tracking.eta.windows import add_quarter_prediction, predict_full_leg, predict_remaining, quarter_of
from tracking.ports import LaneStatisticsStore
from tracking.services.prediction.learning import learn_legs


class Prediction(NamedTuple):
    """What was said of a leg when it departed: minutes, beside the running constant factor's."""

    leg: RecordedLeg
    span: Span
    baseline_min: float
    unseen: bool
    promised_at: datetime | None
    p_late: float | None

    @property
    def actual_min(self) -> float:
        """How long the leg took."""
        return (self.leg.arrived_at - self.leg.departed_at).total_seconds() / 60


class RemainingPrediction(NamedTuple):
    """What was said of the rest of a leg under way; `own_speed_min` is None where nothing was driven yet."""

    actual_min: float
    span: Span
    own_speed_min: float | None


@dataclass
class ReplayResult:
    """What a replay said, and how long saying and learning took."""

    legs: int = 0
    skipped: Counter[str] = field(default_factory=Counter)
    predictions: list[Prediction] = field(default_factory=list)
    under_way: list[RemainingPrediction] | None = None
    predicted: int = 0
    learned: int = 0
    predicting_s: float = 0.0
    learning_s: float = 0.0


class Options(NamedTuple):
    """From when legs are scored, and the promise in base minutes for legs that have none."""

    score_from: datetime | None = None
    promise_factor: float | None = None


@dataclass
class _Open:
    """A leg under way: what was said at departure, and first in each quarter."""

    pace: TravelTimeRatio
    notes: tuple[QuarterPrediction, ...] = ()


def replay(
    lanes: LaneStatisticsStore,
    legs: Sequence[RecordedLeg],
    options: Options = Options(),  # noqa: B008 - a frozen value
    history: Sequence[RecordedLeg] | Sequence[LaneHistory] = (),
    checkpoints: Sequence[LegCheckpoint] = (),
) -> ReplayResult:
    """Drive the legs through `lanes`, history first; predictions come back in order of departure.

    What was said under way comes back too, where `checkpoints` ask for it.
    """
    course = _Course(lanes, options)
    course.replayed.under_way = [] if checkpoints else None
    course.teach_history(history)
    sound = course.leave_out_unsound(legs)
    for turn in _schedule(sound, checkpoints):
        if turn.checkpoint is not None:
            course.check(turn.leg, turn.checkpoint)
        elif turn.order == _ARRIVAL:
            course.arrive(turn.leg)
        else:
            course.depart(turn.leg)
    return course.replayed


# Which comes first at equal instants.
_ARRIVAL, _DEPARTURE, _CHECKPOINT = range(3)


class _Turn(NamedTuple):
    """One thing that happens in a replay."""

    at: datetime
    order: int
    leg_id: str
    leg: RecordedLeg
    checkpoint: LegCheckpoint | None = None


def _schedule(legs: Sequence[RecordedLeg], checkpoints: Iterable[LegCheckpoint] = ()) -> list[_Turn]:
    """All that happens, in order of time; a checkpoint outside its leg's time does not happen."""
    by_id = {leg.leg_id: leg for leg in legs}
    turns = [_Turn(leg.arrived_at, _ARRIVAL, leg.leg_id, leg) for leg in legs]
    turns += [_Turn(leg.departed_at, _DEPARTURE, leg.leg_id, leg) for leg in legs]
    for checkpoint in checkpoints:
        known = by_id.get(checkpoint.leg_id)
        if known is not None and known.departed_at <= checkpoint.at < known.arrived_at:
            turns.append(_Turn(checkpoint.at, _CHECKPOINT, known.leg_id, known, checkpoint))
    return sorted(turns, key=lambda turn: turn[:3])


class _Course:
    """One replay as it goes."""

    def __init__(self, lanes: LaneStatisticsStore, options: Options) -> None:
        self.replayed = ReplayResult()
        self._lanes, self._options = lanes, options
        self._open: dict[str, _Open] = {}
        self._ended_lanes: set[str] = set()
        self._seed_lanes: set[tuple[str, str]] | None = None
        self._ratios: list[float] = []

    def teach_history(self, history: Sequence[RecordedLeg] | Sequence[LaneHistory]) -> None:
        """Teach what is known from elsewhere; it makes no prediction that is scored."""
        if not history:
            return
        recorded = [one for one in history if isinstance(one, RecordedLeg)]
        summed_up = [one for one in history if isinstance(one, LaneHistory)]
        self._lanes.put(
            {
                lane_key(LegProfile(one.origin, one.destination, "", "p", 1.0)): Level(
                    v=math.log(one.median_ratio), n=min(one.legs, MAX_LEVEL_COUNT)
                )
                for one in summed_up
            }
        )
        sound = [leg for leg in recorded if find_fault(leg.departed_at, leg.arrived_at) is None]
        for turn in _schedule(sound):
            if turn.order == _ARRIVAL:
                self.arrive(turn.leg)
            else:
                self._predict(turn.leg)
        self._seed_lanes = {(one.origin, one.destination) for one in summed_up} | {
            (one.profile.origin, one.profile.destination) for one in recorded
        }

    def leave_out_unsound(self, legs: Sequence[RecordedLeg]) -> list[RecordedLeg]:
        """The legs that may be predicted and learned; the others are counted by reason."""
        sound: dict[str, RecordedLeg] = {}
        for leg in legs:
            self.replayed.legs += 1
            fault = find_fault(leg.departed_at, leg.arrived_at)
            if fault or leg.leg_id in sound:
                self.replayed.skipped[fault or "leg_id_again"] += 1
            else:
                sound[leg.leg_id] = leg
        return list(sound.values())

    def depart(self, leg: RecordedLeg) -> None:
        """Say how long the leg will take; score it if it departs late enough."""
        pace, span, book = self._predict(leg)
        score_from = self._options.score_from
        if score_from is not None and leg.departed_at < score_from:
            return
        promised_at = leg.promised_at
        if promised_at is None and self._options.promise_factor is not None:
            promised_at = leg.departed_at + timedelta(
                minutes=self._options.promise_factor * leg.profile.base_min
            )
        p_late = None if promised_at is None else _share_late(book, leg, pace, promised_at)
        self.replayed.predictions.append(
            Prediction(leg, span, self._baseline(leg), self._is_unseen(leg), promised_at, p_late)
        )

    def check(self, leg: RecordedLeg, checkpoint: LegCheckpoint) -> None:
        """Say how long the rest of the leg will take."""
        run, at, remaining = leg.profile, checkpoint.at, checkpoint.remaining_min
        if remaining <= 0:
            return
        book = self._read_book(leg)
        pace = predict_ratio(book, run)
        span = predict_remaining(book, run, pace, remaining)
        open_leg = self._open[leg.leg_id]
        note = QuarterPrediction(quarter=quarter_of(run, remaining), at=at, base_min=remaining, mu=pace.mu)
        open_leg.notes = add_quarter_prediction(open_leg.notes, note)
        score_from = self._options.score_from
        under_way = self.replayed.under_way
        if under_way is not None and (score_from is None or leg.departed_at >= score_from):
            actual = (leg.arrived_at - at).total_seconds() / 60
            under_way.append(RemainingPrediction(actual, span, _by_own_speed(leg, checkpoint)))

    def arrive(self, leg: RecordedLeg) -> None:
        """Learn the leg, with what was said of it when it departed."""
        open_leg = self._open.pop(leg.leg_id)
        run = leg.profile
        finished = FinishedLeg(
            origin=run.origin,
            destination=run.destination,
            vehicle_class=run.vehicle_class,
            basis=run.basis,
            base_min=run.base_min,
            departed_at=leg.departed_at,
            arrived_at=leg.arrived_at,
            mu=open_leg.pace.mu,
            group=open_leg.pace.group,
            under_way=open_leg.notes,
            shipment_id=leg.leg_id,
        )
        started = perf_counter()
        self.replayed.learned += learn_legs(self._lanes, [finished])
        self.replayed.learning_s += perf_counter() - started
        self._ended_lanes.add(lane_key(run))
        insort(self._ratios, finished.minutes / run.base_min)

    def _predict(self, leg: RecordedLeg) -> tuple[TravelTimeRatio, Span, LaneStatistics]:
        book = self._read_book(leg)
        started = perf_counter()
        pace = predict_ratio(book, leg.profile)
        span = predict_full_leg(pace, leg.profile.base_min)
        self.replayed.predicting_s += perf_counter() - started
        self.replayed.predicted += 1
        self._open[leg.leg_id] = _Open(pace)
        return pace, span, book

    def _read_book(self, leg: RecordedLeg) -> LaneStatistics:
        return {key: known.statistic for key, known in self._lanes.read(list_keys(leg.profile)).items()}

    def _baseline(self, leg: RecordedLeg) -> float:
        """Base minutes times the median ratio of all legs that have ended."""
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
    book: LaneStatistics, leg: RecordedLeg, pace: TravelTimeRatio, promised_at: datetime
) -> float:
    """P(late) at departure: the share of residuals beyond the promise."""
    allowed = (promised_at - leg.departed_at).total_seconds() / 60
    if allowed <= 0:
        return 1.0
    residuals = read_residuals(book, residuals_key(leg.profile.basis, leg.profile.bucket))
    beyond = 1.0 - residuals.share_below(math.log(allowed / leg.profile.base_min) - pace.mu)
    return min(beyond, P_LATE_CAP)


def _by_own_speed(leg: RecordedLeg, checkpoint: LegCheckpoint) -> float | None:
    """The rest by the pace of the way so far, for comparison."""
    done = leg.profile.base_min - checkpoint.remaining_min
    elapsed = (checkpoint.at - leg.departed_at).total_seconds() / 60
    return elapsed / done * checkpoint.remaining_min if done > 0 and elapsed > 0 else None
