"""What a bench measures: its rows, which of them are compared, and what must be reached."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, NamedTuple

Role = Literal["ours", "peer", "control"]


class Quantity(NamedTuple):
    """A number with its unit."""

    value: float
    unit: str


@dataclass(frozen=True)
class Sample:
    """One row, measured once: its value in the row's unit.

    `phases` share the value out by verb, in the same unit. `counts` are what was done. `beside` are other
    quantities of the same run; each becomes a row of its own. A `void_reason` says why it does not count.
    """

    value: float
    phases: dict[str, float] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    beside: dict[str, Quantity] = field(default_factory=dict)
    void_reason: str | None = None


@dataclass(frozen=True)
class Row:
    """A thing to be measured once per round: `measure` gets the number of the round. Less is better."""

    name: str
    role: Role
    unit: str
    measure: Callable[[int], Sample]


class Span(NamedTuple):
    """The median and the whole range of some samples."""

    median: float
    min: float
    max: float

    def __str__(self) -> str:
        return f"{self.median:.4g} ({self.min:.4g} to {self.max:.4g})"


class Ratio(NamedTuple):
    """How many times the peer costs what ours does, round by round."""

    ours: str
    peer: str
    span: Span
    beyond_control: bool


class Fit(NamedTuple):
    """A straight line through (x, y) points by least squares."""

    x: str
    y: str
    points: list[tuple[float, float]]
    slope: float
    intercept: float
    r2: float
    max_residual_ratio: float


@dataclass(frozen=True)
class Results:
    """All samples of the good rounds, by row, and what was worked out of them."""

    samples: dict[str, list[Sample]]
    spans: dict[str, Span]
    ratios: list[Ratio]
    fits: list[Fit]
    control_spread: float

    def ratio(self, ours: str, peer: str) -> Ratio:
        """The ratio of these two rows."""
        return next(ratio for ratio in self.ratios if (ratio.ours, ratio.peer) == (ours, peer))


class Judged(NamedTuple):
    """What a target got, in words, and whether that is enough."""

    got: str
    met: bool


@dataclass(frozen=True)
class Target:
    """What must be reached: `id` is the name that claims refer to."""

    id: str
    wanted: str
    judge: Callable[[Results], Judged]


class Line(NamedTuple):
    """A fit to be made: `rows` are (x, name of the row whose samples give y)."""

    x: str
    y: str
    rows: Sequence[tuple[float, str]]


@dataclass(frozen=True)
class Plan:
    """A bench, ready to run. `control` names two rows that run the same code.

    `ratios` are (ours, peer) names. `config` and `versions` go into the report as they are.
    """

    name: str
    rows: Sequence[Row]
    control: tuple[str, str]
    ratios: Sequence[tuple[str, str]] = ()
    lines: Sequence[Line] = ()
    targets: Sequence[Target] = ()
    config: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, dict[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Options:
    """How a bench is to be run: rounds that must be good, the seed of all chance, whether it must be quick.

    `folder` takes logs and other scratch files. `wanted` holds the flags of one bench alone.
    """

    folder: Path
    rounds: int = 5
    quick: bool = False
    seed: int = 1
    wanted: frozenset[str] = frozenset()


def ratio_at_least(id_: str, ours: str, peer: str, factor: float) -> Target:
    """The peer costs at least `factor` times ours in every round, beyond what the control allows to claim."""

    def judge(results: Results) -> Judged:
        ratio = results.ratio(ours, peer)
        return Judged(f"{ratio.span} x", ratio.span.min >= factor and ratio.beyond_control)

    return Target(id_, f"{peer} costs at least {factor:g} x {ours}", judge)


def at_most(id_: str, row: str, limit: float, unit: str) -> Target:
    """The row stays at or below the limit in every round."""

    def judge(results: Results) -> Judged:
        span = results.spans[row]
        return Judged(f"{span} {unit}", span.max <= limit)

    return Target(id_, f"{row}: at most {limit:g} {unit}", judge)
