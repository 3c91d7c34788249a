"""Scores of lateness warnings: how often, how early and how rightly people were notified."""

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
# Time, and the chance of lateness predicted then.
RiskSample = tuple[datetime, float]


class LatenessNotice(NamedTuple):
    """One change about lateness, of which people were notified."""

    at: datetime
    type: str
    reason_code: ReasonCode | None


class ShipmentOutcome(NamedTuple):
    """Shipment with a promise and a delivery attempt: its times, its notices and its predicted chances.

    `hub_id` is the hub that serves the recipient, empty if unknown.
    """

    promised_at: datetime
    attempted_at: datetime
    notices: tuple[LatenessNotice, ...]
    p_dispatch: float | None
    p_half_way: float | None
    hub_id: str = ""

    @property
    def late(self) -> bool:
        """True if the first attempt came after the promise."""
        return self.attempted_at > self.promised_at

    @property
    def warned_at(self) -> datetime | None:
        """Time of the first `delayed` notice before the attempt, or None."""
        return next((notice.at for notice in self.notices if self._is_warning(notice)), None)

    def _is_warning(self, notice: LatenessNotice) -> bool:
        return notice.type == "delayed" and notice.at < self.attempted_at


def trace_outcome(
    state: ShipmentState, timeline: Sequence[TrackingEvent], checked: Sequence[RiskSample] = ()
) -> ShipmentOutcome | None:
    """Return the outcome of a shipment from its timeline, oldest first; None without promise or attempt.

    `checked` are the chances found from positions of the vehicle, which no timeline stores.
    """
    attempted_at = min(
        (state.reached[status.value] for status in ATTEMPTED if status.value in state.reached), default=None
    )
    if state.promised is None or attempted_at is None:
        return None
    notices = tuple(
        LatenessNotice(change.occurred_at, change.type, change.reason_code)
        for event in timeline
        for change in _list_changes(event)
        if change.type in NOTICE_TYPES
    )
    p_dispatch, p_half_way = _pick_chances(timeline, checked, attempted_at)
    hub_id = state.lane.destination.hub_id if state.lane else ""
    return ShipmentOutcome(state.promised.to, attempted_at, notices, p_dispatch, p_half_way, hub_id)


def score_warnings(outcomes: Sequence[ShipmentOutcome]) -> dict[str, Any]:
    """Return the figures of `delay_report`; a figure without a case is None.

    Shares are of 1, `_pct` of 100, `lead_min` in minutes. Recall and precision count shipments. The lead is
    promise less first warning, over warned shipments that were late.
    """
    late = [outcome for outcome in outcomes if outcome.late]
    warned = [outcome for outcome in outcomes if outcome.warned_at is not None]
    hits = [outcome for outcome in warned if outcome.late]
    leads = [outcome.promised_at - outcome.warned_at for outcome in hits if outcome.warned_at is not None]
    count, on_time = len(outcomes), len(outcomes) - len(late)
    return {
        "shipments": count,
        "late_share": _share(len(late), count),
        "told_per_shipment": _share(sum(len(outcome.notices) for outcome in outcomes), count),
        "over_two_pct": _percent(sum(len(outcome.notices) > 2 for outcome in outcomes), count),
        "precision": _share(len(hits), len(warned)),
        "recall": _share(len(hits), len(late)),
        "false_alarm_pct": _percent(len(warned) - len(hits), on_time),
        "lead_min_median": round(median(lead.total_seconds() for lead in leads) / 60, 1) if leads else None,
        "lead_30_pct": _percent(sum(lead >= GOOD_LEAD for lead in leads), len(leads)),
        "by_reason": dict(sorted(Counter(map(_first_reason, warned)).items())),
        "brier_skill_dispatch": _skill([(outcome.p_dispatch, outcome.late) for outcome in outcomes]),
        "brier_skill_half_way": _skill([(outcome.p_half_way, outcome.late) for outcome in outcomes]),
        "ece": _calibration_error(
            [(p, outcome.late) for outcome in outcomes for p in (outcome.p_dispatch, outcome.p_half_way)]
        ),
    }


def _list_changes(event: TrackingEvent) -> Iterator[Change]:
    if event.change is not None:
        yield event.change
        yield from event.change.also


def _pick_chances(
    timeline: Sequence[TrackingEvent], checked: Sequence[RiskSample], attempted_at: datetime
) -> tuple[float | None, float | None]:
    """Return the first chance of lateness, and the last one in the first half of the time to the attempt."""
    recorded = (
        (event.occurred_at, event.lateness_risk.p_late)
        for event in timeline
        if event.lateness_risk is not None
    )
    samples = sorted(sample for sample in (*recorded, *checked) if sample[0] < attempted_at)
    if not samples:
        return None, None
    half = samples[0][0] + (attempted_at - samples[0][0]) / 2
    return samples[0][1], [p for at, p in samples if at <= half][-1]


def _first_reason(outcome: ShipmentOutcome) -> str:
    """Return the reason code of the first warning."""
    return str(next(notice.reason_code for notice in outcome.notices if notice.type == "delayed"))


def _skill(pairs: Sequence[tuple[float | None, bool]]) -> float | None:
    """Return the Brier skill score: 1 - Brier score / Brier score of the base rate."""
    samples = [(p, happened) for p, happened in pairs if p is not None]
    base = mean(happened for _, happened in samples) if samples else 0.0
    if not 0 < base < 1:
        return None
    brier = mean((p - happened) ** 2 for p, happened in samples)
    return round(1 - brier / (base * (1 - base)), 4)


def _calibration_error(pairs: Sequence[tuple[float | None, bool]]) -> float | None:
    """Return the expected calibration error over ten equal bins."""
    samples = [(p, happened) for p, happened in pairs if p is not None]
    if not samples:
        return None
    bins: dict[int, list[tuple[float, bool]]] = {}
    for p, happened in samples:
        bins.setdefault(min(int(p * BINS), BINS - 1), []).append((p, happened))
    gaps = (abs(sum(p - happened for p, happened in each)) for each in bins.values())
    return round(sum(gaps) / len(samples), 4)


def _share(part: float, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _percent(part: float, whole: int) -> float | None:
    return round(100 * part / whole, 2) if whole else None
