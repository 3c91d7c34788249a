"""Measuring: rounds in alternating order, a calibration before each, a control that bounds every claim."""

import statistics
import time
from collections.abc import Callable, Iterable, Sequence

from laboratory.bench.plan import Fit, Line, Plan, Ratio, Results, Row, Sample, Span

# A machine whose own speed moved by more than this between rounds measures the machine.
MAX_DRIFT = 0.15
# So many rounds are tried for each one that must be good.
TRIES_A_ROUND = 2
_CALIBRATION_LOOPS = 400_000

Say = Callable[[str], None]


class Rounds:
    """The samples of the rounds that count, and the calibration of all of them."""

    def __init__(self) -> None:
        self.good: list[dict[str, Sample]] = []
        self.rejected = 0
        self.calibration_us: list[float] = []


def measure_rounds(plan: Plan, wanted: int, say: Say) -> Rounds:
    """Run all rows in turn until `wanted` rounds are good, every second round backwards (ABBA)."""
    rounds = Rounds()
    for number in range(wanted * TRIES_A_ROUND):
        if len(rounds.good) == wanted:
            break
        _run_round(plan.rows, number, rounds, say)
    return rounds


def _run_round(rows: Sequence[Row], number: int, rounds: Rounds, say: Say) -> None:
    before = calibrate()
    order = rows if number % 2 == 0 else tuple(reversed(rows))
    samples = {}
    for row in order:
        samples[row.name] = row.measure(number)
        say(f"round {number + 1}  {row.name}: {samples[row.name].value:.5g} {row.unit}")
    after = calibrate()
    rounds.calibration_us += [before, after]
    usual = statistics.median(rounds.calibration_us)
    if max(abs(before / usual - 1), abs(after / usual - 1), abs(after / before - 1)) > MAX_DRIFT:
        rounds.rejected += 1
        say(f"round {number + 1} does not count: the machine's own speed moved by more than 15 %")
    else:
        rounds.good.append(samples)


def calibrate() -> float:
    """CPU microseconds of a fixed piece of Python: a measure of the machine, not of us."""
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        total = 0
        for number in range(_CALIBRATION_LOOPS):
            total += number ^ (number >> 3)
        best = min(best, time.process_time() - started)
    return best * 1e6


def work_out(plan: Plan, rounds: Sequence[dict[str, Sample]]) -> Results:
    """Medians, ranges, ratios and fits of the rounds that count."""
    samples = {row.name: [one[row.name] for one in rounds] for row in plan.rows}
    spans = {name: span_of(sample.value for sample in own) for name, own in samples.items()}
    a, b = plan.control
    spread = max((max(x, 1 / x) for x in _ratio_samples(samples, a, b)), default=1.0)
    ratios = [_make_ratio(samples, ours, peer, spread) for ours, peer in plan.ratios]
    fits = [fit(line, samples) for line in plan.lines]
    return Results(samples, spans, ratios, fits, spread)


def span_of(values: Iterable[float]) -> Span:
    """Median and range; all zero when there is nothing."""
    known = sorted(values) or [0.0]
    return Span(statistics.median(known), known[0], known[-1])


def _make_ratio(samples: dict[str, list[Sample]], ours: str, peer: str, spread: float) -> Ratio:
    span = span_of(_ratio_samples(samples, peer, ours))
    return Ratio(ours, peer, span, beyond_control=span.min > spread or span.max < 1 / spread)


def _ratio_samples(samples: dict[str, list[Sample]], over: str, under: str) -> list[float]:
    pairs = zip(samples[over], samples[under], strict=True)
    return [a.value / b.value for a, b in pairs if a.value > 0 and b.value > 0]


def fit(line: Line, samples: dict[str, list[Sample]]) -> Fit:
    """The straight line through all samples of the line's rows, by least squares."""
    points = [(x, sample.value) for x, name in line.rows for sample in samples[name]]
    xs, ys = [x for x, _ in points], [y for _, y in points]
    slope, intercept = statistics.linear_regression(xs, ys)
    expected = [intercept + slope * x for x in xs]
    mean = statistics.fmean(ys)
    total = sum((y - mean) ** 2 for y in ys)
    missed = sum((y - e) ** 2 for y, e in zip(ys, expected, strict=True))
    residual = max(abs(y - e) / abs(e) if e else 0.0 for y, e in zip(ys, expected, strict=True))
    return Fit(line.x, line.y, points, slope, intercept, 1 - missed / total if total else 1.0, residual)
