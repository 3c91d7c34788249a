"""Health of the steps as shown to operators: figures of all processes merged, each step with a verdict."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from workers.health import Verdict
from workers.steps.meter import STEPS, WINDOW_S, Step, StepFigures, find_percentile, merge
from workers.steps.ports import StepReport

# An older report says nothing about now.
FRESH_FOR = timedelta(seconds=15)
# A record is to be on a screen within this time of its arrival on the stream.
PROMISE_MS = 1000.0
# Steps between the stream and an open page, in this order; their limits add up to the promise. The others
# follow beside them.
ON_THE_WAY: tuple[Step, ...] = ("read", "decode", "enrich", "record", "push")
LIMITS_MS: dict[Step, float] = {
    "read": 400.0,
    "decode": 50.0,
    "enrich": 200.0,
    "record": 250.0,
    "push": 100.0,
    "publish": 500.0,
    "deliver": 1000.0,
}
WARN_SHARE = 0.8


class StepHealth(NamedTuple):
    """Figures of a step over the last minute: items a second, durations in ms, errors a minute.

    Durations are None without items, and all figures are None without a fresh report. `limit_ms` is what
    P95 may reach.
    """

    step: Step
    rate: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    errors: int | None
    limit_ms: float
    verdict: Verdict


class StepShare(NamedTuple):
    """Part of a step in the way from the stream to a page, in percent of the promise: start and width."""

    step: Step
    p50_ms: float
    start_pct: float
    width_pct: float


def judge_steps(reports: Iterable[StepReport], now: datetime) -> list[StepHealth]:
    """Return the health of every step, from reports that are at most 15 s old."""
    fresh = [report for report in reports if now - report.reported_at <= FRESH_FOR]
    return [
        _judge_step(step, [report.steps[step] for report in fresh if step in report.steps]) for step in STEPS
    ]


def share_promise(steps: Iterable[StepHealth]) -> list[StepShare]:
    """Return the part of each step between the stream and a page in the promise, one behind the other."""
    by_step = {health.step: health for health in steps}
    shares: list[StepShare] = []
    start = 0.0
    for step in ON_THE_WAY:
        p50 = by_step[step].p50_ms
        if p50 is not None:
            width = min(100 * p50 / PROMISE_MS, 100 - start)
            shares.append(StepShare(step, p50, round(start, 2), round(width, 2)))
            start += width
    return shares


def _judge_step(step: Step, found: list[StepFigures]) -> StepHealth:
    limit = LIMITS_MS[step]
    if not found:
        return StepHealth(step, None, None, None, None, None, limit, Verdict("bad", "No word"))
    figures = merge(found)
    p50, p95, p99 = (find_percentile(figures, share) for share in (0.5, 0.95, 0.99))
    rate = round(figures.count / WINDOW_S, 1)
    return StepHealth(step, rate, p50, p95, p99, figures.errors, limit, _judge(figures, p95, limit))


def _judge(figures: StepFigures, p95: float | None, limit: float) -> Verdict:
    if p95 is not None and p95 >= limit:
        return Verdict("bad", "Too slow")
    if figures.errors:
        return Verdict("warn", "Errors")
    if p95 is None:
        return Verdict("idle", "Nothing to do")
    return Verdict("warn", "Slow") if p95 >= WARN_SHARE * limit else Verdict("good", "In time")
