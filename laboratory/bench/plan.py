"""Types that describe a bench: its rows, which of them are compared, and its targets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

Role = Literal["ours", "peer", "control"]


class Quantity(NamedTuple):
    """Number with its unit."""

    value: float
    unit: str


@dataclass(frozen=True)
class Sample:
    """Result of measuring one row once: its value in the row's unit.

    `phases` split the value by pipeline step, in the same unit. `counts` are numbers of calls and effects.
    `beside` are other quantities of the same run; each becomes a row of its own. A sample with a
    `void_reason` does not count.
    """

    value: float
    phases: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    beside: dict[str, Quantity] = field(default_factory=dict)
    void_reason: str | None = None


@dataclass(frozen=True)
class Row:
    """Row of a report, measured once per round; `measure` is given the round's number. Less is better."""

    name: str
    role: Role
    unit: str
    measure: Callable[[int], Sample]


class Span(NamedTuple):
    """Median and range of some samples."""

    median: float
    min: float
    max: float

    def __str__(self) -> str:
        return f"{self.median:.4g} ({self.min:.4g} to {self.max:.4g})"


class Ratio(NamedTuple):
    """Cost of the peer divided by ours; `beyond_control` if it exceeds the control's noise."""

    ours: str
    peer: str
    span: Span
    beyond_control: bool


class Fit(NamedTuple):
    """Straight line through (x, y) points by least squares."""

    x: str
    y: str
    points: list[tuple[float, float]]
    slope: float
    intercept: float
    r2: float
    max_residual_ratio: float


@dataclass(frozen=True)
class Results:
    """Samples of the good rounds by row, and the statistics computed from them."""

    samples: dict[str, list[Sample]]
    spans: dict[str, Span]
    ratios: list[Ratio]
    fits: list[Fit]
    control_spread: float

    def ratio(self, ours: str, peer: str) -> Ratio:
        """Return the ratio of these two rows."""
        return next(ratio for ratio in self.ratios if (ratio.ours, ratio.peer) == (ours, peer))


class Judged(NamedTuple):
    """Measured result of a target, in words, and whether the target is met."""

    got: str
    met: bool


@dataclass(frozen=True)
class Target:
    """Goal of a bench; documents refer to it by its `id`."""

    id: str
    wanted: str
    judge: Callable[[Results], Judged]


class Line(NamedTuple):
    """Fit to compute: `rows` are (x, name of the row whose samples give y)."""

    x: str
    y: str
    rows: Sequence[tuple[float, str]]


@dataclass(frozen=True)
class Plan:
    """Bench, ready to run. `control` names two rows that run the same code.

    A bench that only counts is not `is_timed`: the speed of the machine does not matter to it. `ratios` are
    (ours, peer) names. `config` and `versions` go into the report as they are.
    """

    name: str
    rows: Sequence[Row]
    control: tuple[str, str]
    ratios: Sequence[tuple[str, str]] = ()
    lines: Sequence[Line] = ()
    targets: Sequence[Target] = ()
    config: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, dict[str, str]] = field(default_factory=dict)
    is_timed: bool = True


@dataclass(frozen=True)
class Options:
    """Options of a bench run: number of good rounds, random seed, whether it must be quick.

    `folder` takes logs and scratch files. `wanted` holds the flags that only one bench knows.
    """

    folder: Path
    rounds: int = 5
    quick: bool = False
    seed: int = 1
    # 0: the bench's own length.
    minutes: float = 0
    wanted: frozenset[str] = frozenset()


def ratio_at_least(id_: str, ours: str, peer: str, factor: float) -> Target:
    """Return the target that the peer costs at least `factor` times ours in every round, beyond the noise."""

    def judge(results: Results) -> Judged:
        ratio = results.ratio(ours, peer)
        return Judged(f"{ratio.span} x", ratio.span.min >= factor and ratio.beyond_control)

    return Target(id_, f"{peer} costs at least {factor:g} x {ours}", judge)


def none_counted(id_: str, row: str, what: str) -> Target:
    """Return the target that a count of the row is 0 in every round."""

    def judge(results: Results) -> Judged:
        samples = results.samples[row]
        counted = sum(sample.counts[what] for sample in samples)
        return Judged(f"{counted} in {len(samples)} runs", counted == 0)

    return Target(id_, f"{row}: none {what}", judge)


def at_most(id_: str, row: str, limit: float, unit: str) -> Target:
    """Return the target that the row stays at or below the limit in every round."""

    def judge(results: Results) -> Judged:
        span = results.spans[row]
        return Judged(f"{span} {unit}", span.max <= limit)

    return Target(id_, f"{row}: at most {limit:g} {unit}", judge)
