"""Measures rows in rounds of alternating order, with calibrations and a control for the noise."""

import statistics
import time
from collections.abc import Callable, Iterable, Sequence

from laboratory.bench.plan import Fit, Line, Plan, Ratio, Results, Sample, Span

# If the machine's own speed changes by more than this, a round measures the machine and is rejected.
MAX_DRIFT = 0.15
# At most this many rounds are tried for each good one that is wanted.
TRIES_A_ROUND = 2
_CALIBRATION_LOOPS = 400_000

ReportProgress = Callable[[str], None]


class Rounds:
    """Samples of the good rounds, the number of rejected ones, and the calibrations of all."""

    def __init__(self) -> None:
        self.good: list[dict[str, Sample]] = []
        self.rejected = 0
        self.calibration_us: list[float] = []


def measure_rounds(plan: Plan, wanted: int, report_progress: ReportProgress) -> Rounds:
    """Run all rows in turn until `wanted` rounds are good, every second round backwards (ABBA)."""
    rounds = Rounds()
    for number in range(wanted * TRIES_A_ROUND):
        if len(rounds.good) == wanted:
            break
        _run_round(plan, number, rounds, report_progress)
    return rounds


def _run_round(plan: Plan, number: int, rounds: Rounds, report_progress: ReportProgress) -> None:
    before = calibrate()
    order = plan.rows if number % 2 == 0 else tuple(reversed(plan.rows))
    samples = {}
    for row in order:
        samples[row.name] = row.measure(number)
        report_progress(f"round {number + 1}  {row.name}: {samples[row.name].value:.5g} {row.unit}")
    after = calibrate()
    rounds.calibration_us += [before, after]
    median_us = statistics.median(rounds.calibration_us)
    drift = max(abs(before / median_us - 1), abs(after / median_us - 1), abs(after / before - 1))
    if plan.is_timed and drift > MAX_DRIFT:
        rounds.rejected += 1
        report_progress(f"round {number + 1} does not count: the machine's own speed moved by more than 15 %")
    else:
        rounds.good.append(samples)


def calibrate() -> float:
    """Return the CPU microseconds of a fixed loop in Python: the machine's own speed."""
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        total = 0
        for number in range(_CALIBRATION_LOOPS):
            total += number ^ (number >> 3)
        best = min(best, time.process_time() - started)
    return best * 1e6


def compute_results(plan: Plan, rounds: Sequence[dict[str, Sample]]) -> Results:
    """Return medians, ranges, ratios and fits over the samples of the good rounds."""
    samples = {row.name: [one[row.name] for one in rounds] for row in plan.rows}
    spans = {name: compute_span(sample.value for sample in own) for name, own in samples.items()}
    a, b = plan.control
    spread = max((max(x, 1 / x) for x in _ratio_samples(samples, a, b)), default=1.0)
    ratios = [_make_ratio(samples, ours, peer, spread) for ours, peer in plan.ratios]
    fits = [fit_line(line, samples) for line in plan.lines]
    return Results(samples, spans, ratios, fits, spread)


def compute_span(values: Iterable[float]) -> Span:
    """Return median, minimum and maximum; all 0 for no values."""
    ordered = sorted(values) or [0.0]
    return Span(statistics.median(ordered), ordered[0], ordered[-1])


def _make_ratio(samples: dict[str, list[Sample]], ours: str, peer: str, spread: float) -> Ratio:
    span = compute_span(_ratio_samples(samples, peer, ours))
    return Ratio(ours, peer, span, beyond_control=span.min > spread or span.max < 1 / spread)


def _ratio_samples(samples: dict[str, list[Sample]], over: str, under: str) -> list[float]:
    pairs = zip(samples[over], samples[under], strict=True)
    return [a.value / b.value for a, b in pairs if a.value > 0 and b.value > 0]


def fit_line(line: Line, samples: dict[str, list[Sample]]) -> Fit:
    """Fit a straight line through all samples of the line's rows by least squares."""
    points = [(x, sample.value) for x, name in line.rows for sample in samples[name]]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    slope, intercept = statistics.linear_regression(xs, ys)
    expected = [intercept + slope * x for x in xs]
    mean = statistics.fmean(ys)
    total = sum((y - mean) ** 2 for y in ys)
    residual_sum = sum((y - e) ** 2 for y, e in zip(ys, expected, strict=True))
    residual = max(abs(y - e) / abs(e) if e else 0.0 for y, e in zip(ys, expected, strict=True))
    return Fit(line.x, line.y, points, slope, intercept, 1 - residual_sum / total if total else 1.0, residual)
