"""Health of the steps as shown to operators: figures of all processes merged, each step with a verdict."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from workers.health import Verdict
from workers.step_lines import NO_LINE, StepLine, draw_step_line
from workers.steps.meter import STEPS, WINDOW_S, Step, StepFigures, find_percentile, merge
from workers.steps.ports import StepReport

# An older report says nothing about now.
FRESH_FOR = timedelta(seconds=15)
# A record is to be on a screen within this time of its arrival on the stream.
PROMISE_MS = 1000.0
# Part of the bar until the promise, while that is kept: its end has to be visible.
PROMISE_SHARE = 0.9
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
    P95 may reach. `line` shows the last 15 minutes.
    """

    step: Step
    rate: float | None
    p50_ms: float | None
    p95_ms: float | None
    p99_ms: float | None
    errors: int | None
    limit_ms: float
    verdict: Verdict
    line: StepLine = NO_LINE


class StepShare(NamedTuple):
    """Part of a step in the way from the stream to a page, in percent of the bar: start and width."""

    step: Step
    p50_ms: float
    start_pct: float
    width_pct: float


class PromiseBar(NamedTuple):
    """Bar of the way from the stream to a page: parts of the steps, and how long they take together.

    `promise_pct` is where the promised time ends, in percent of the bar.
    """

    shares: list[StepShare]
    total_ms: float
    promise_pct: float

    @property
    def is_kept(self) -> bool:
        """Return whether the steps take no longer than was promised."""
        return self.total_ms <= PROMISE_MS


def judge_steps(reports: Iterable[StepReport], now: datetime) -> list[StepHealth]:
    """Return the health of every step from reports that are at most 15 s old, and its line from all."""
    known = list(reports)
    fresh = [report for report in known if now - report.reported_at <= FRESH_FOR]
    return [
        _judge_step(step, [report.steps[step] for report in fresh if step in report.steps])._replace(
            line=draw_step_line(step, known, now)
        )
        for step in STEPS
    ]


def share_promise(steps: Iterable[StepHealth]) -> PromiseBar:
    """Return the bar of the steps between the stream and a page, one behind the other.

    The bar is as long as they are together, and at least a ninth longer than the promise.
    """
    by_step = {health.step: health for health in steps}
    found = [(step, p50) for step in ON_THE_WAY if (p50 := by_step[step].p50_ms) is not None]
    total = sum(p50 for _, p50 in found)
    length = max(total, PROMISE_MS / PROMISE_SHARE)
    shares: list[StepShare] = []
    start = 0.0
    for step, p50 in found:
        width = 100 * p50 / length
        shares.append(StepShare(step, p50, round(start, 2), round(width, 2)))
        start += width
    return PromiseBar(shares, total, round(100 * PROMISE_MS / length, 2))


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
