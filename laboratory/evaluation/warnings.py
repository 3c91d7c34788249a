"""Judge our warnings: how often we said a shipment would be late, in time, and how often we were right."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from statistics import mean, median
from typing import Any, NamedTuple

from tracking.domain.events import Change, TrackingEvent
from tracking.domain.expected_arrival import ATTEMPTED
from tracking.domain.reasons import ReasonCode
from tracking.domain.shipment import ShipmentState

NOTICE_TYPES = ("delayed", "delay_cleared")
GOOD_LEAD = timedelta(minutes=30)
BINS = 10
# When, and the chance of lateness then.
RiskSample = tuple[datetime, float]


class LatenessNotice(NamedTuple):
    """One change about lateness that people were told."""

    at: datetime
    type: str
    reason_code: ReasonCode | None


class ShipmentOutcome(NamedTuple):
    """A shipment with a promise that somebody has tried to keep: when, and what we said before."""

    promised_at: datetime
    attempted_at: datetime
    told: tuple[LatenessNotice, ...]
    p_dispatch: float | None
    p_half_way: float | None

    @property
    def late(self) -> bool:
        """Whether the first attempt came after the promise."""
        return self.attempted_at > self.promised_at

    @property
    def warned_at(self) -> datetime | None:
        """When lateness was told for the first time before the attempt."""
        return next((told.at for told in self.told if self._is_warning(told)), None)

    def _is_warning(self, told: LatenessNotice) -> bool:
        return told.type == "delayed" and told.at < self.attempted_at


def trace_outcome(
    state: ShipmentState, timeline: Sequence[TrackingEvent], chances: Sequence[RiskSample] = ()
) -> ShipmentOutcome | None:
    """What a timeline, oldest first, says of the warnings; None without a promise or an attempt.

    `chances` are those that looks from a vehicle have found; no timeline keeps them.
    """
    attempted_at = min(
        (state.reached[status.value] for status in ATTEMPTED if status.value in state.reached), default=None
    )
    if state.promised is None or attempted_at is None:
        return None
    told = tuple(
        LatenessNotice(change.occurred_at, change.type, change.reason_code)
        for event in timeline
        for change in _changes(event)
        if change.type in NOTICE_TYPES
    )
    dispatch, half_way = _read_chances(timeline, chances, attempted_at)
    return ShipmentOutcome(state.promised.to, attempted_at, told, dispatch, half_way)


def score_warnings(stories: Sequence[ShipmentOutcome]) -> dict[str, Any]:
    """The figures of `delay_report`; shares are of 1, `_pct` of 100, `lead_min` in minutes, None: no case.

    Recall and precision are over shipments; lead is promise less first warning, over those truly late.
    """
    late = [story for story in stories if story.late]
    warned = [story for story in stories if story.warned_at is not None]
    hits = [story for story in warned if story.late]
    leads = [story.promised_at - story.warned_at for story in hits if story.warned_at is not None]
    on_time = len(stories) - len(late)
    return {
        "shipments": len(stories),
        "late_share": _share(len(late), len(stories)),
        "told_per_shipment": _share(sum(len(story.told) for story in stories), len(stories)),
        "over_two_pct": _percent(sum(len(story.told) > 2 for story in stories), len(stories)),
        "precision": _share(len(hits), len(warned)),
        "recall": _share(len(hits), len(late)),
        "false_alarm_pct": _percent(len(warned) - len(hits), on_time),
        "lead_min_median": round(median(lead.total_seconds() for lead in leads) / 60, 1) if leads else None,
        "lead_30_pct": _percent(sum(lead >= GOOD_LEAD for lead in leads), len(leads)),
        "by_reason": dict(sorted(Counter(_first_reason(story) for story in warned).items())),
        "brier_skill_dispatch": _skill([(story.p_dispatch, story.late) for story in stories]),
        "brier_skill_half_way": _skill([(story.p_half_way, story.late) for story in stories]),
        "ece": _calibration_error(
            [(p, story.late) for story in stories for p in (story.p_dispatch, story.p_half_way)]
        ),
    }


def _changes(event: TrackingEvent) -> Iterator[Change]:
    if event.change is not None:
        yield event.change
        yield from event.change.also


def _read_chances(
    timeline: Sequence[TrackingEvent], chances: Sequence[RiskSample], attempted_at: datetime
) -> tuple[float | None, float | None]:
    """The chance of lateness at the first look, and at the last one in the first half of the way."""
    told = (
        (event.occurred_at, event.lateness_risk.p_late)
        for event in timeline
        if event.lateness_risk is not None
    )
    looks = sorted(look for look in (*told, *chances) if look[0] < attempted_at)
    if not looks:
        return None, None
    half = looks[0][0] + (attempted_at - looks[0][0]) / 2
    return looks[0][1], [p for at, p in looks if at <= half][-1]


def _first_reason(story: ShipmentOutcome) -> str:
    """Return the reason code of the first warning."""
    return str(next(told.reason_code for told in story.told if told.type == "delayed"))


def _skill(pairs: Sequence[tuple[float | None, bool]]) -> float | None:
    """One less the Brier score in units of that of the base rate."""
    known = [(p, happened) for p, happened in pairs if p is not None]
    base = mean(happened for _, happened in known) if known else 0.0
    if not 0 < base < 1:
        return None
    brier = mean((p - happened) ** 2 for p, happened in known)
    return round(1 - brier / (base * (1 - base)), 4)


def _calibration_error(pairs: Sequence[tuple[float | None, bool]]) -> float | None:
    """How far the chances lie from what happened, over ten equal bins."""
    known = [(p, happened) for p, happened in pairs if p is not None]
    if not known:
        return None
    bins: dict[int, list[tuple[float, bool]]] = {}
    for p, happened in known:
        bins.setdefault(min(int(p * BINS), BINS - 1), []).append((p, happened))
    gaps = (abs(sum(p - happened for p, happened in each)) for each in bins.values())
    return round(sum(gaps) / len(known), 4)


def _share(part: float, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _percent(part: float, whole: int) -> float | None:
    return round(100 * part / whole, 2) if whole else None
