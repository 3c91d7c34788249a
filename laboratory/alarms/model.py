"""Alarms as the templates declare them, and the series that they read."""

from typing import Literal, NamedTuple

from workers.alarm_states import State

Comparison = Literal[
    "GreaterThanThreshold",
    "GreaterThanOrEqualToThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
]
Missing = Literal["breaching", "notBreaching", "missing"]


class SeriesKey(NamedTuple):
    """Names a series of CloudWatch; `dimensions` are sorted pairs of name and value."""

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...] = ()


class Reading(NamedTuple):
    """Part of an alarm that reads one series by a statistic (`Sum`, `p99`) of each period."""

    part_id: str
    series: SeriesKey
    statistic: str


class Query(NamedTuple):
    """Part of an alarm that reads all series with a name and exactly these dimensions, as one.

    `where` holds the dimensions whose value is fixed.
    """

    part_id: str
    namespace: str
    name: str
    dimensions: frozenset[str]
    where: tuple[tuple[str, str], ...]
    statistic: str


class Formula(NamedTuple):
    """Part of an alarm that is worked out from other parts by metric math."""

    part_id: str
    expression: str


Part = Reading | Query | Formula


class Alarm(NamedTuple):
    """Alarm on a value: `datapoints` of the newest `periods` periods of `period_s` seconds must breach.

    `watched` is the id of the part that is compared with the threshold; `runbook` is a path.
    """

    name: str
    runbook: str
    parts: tuple[Part, ...]
    watched: str
    period_s: int
    periods: int
    datapoints: int
    threshold: float
    comparison: Comparison
    missing: Missing


class Composite(NamedTuple):
    """Alarm on the states of other alarms; `rule` names them as the template does, with their prefix."""

    name: str
    runbook: str
    rule: str


class Verdict(NamedTuple):
    """State of an alarm at a moment, and the reason in words."""

    name: str
    runbook: str
    state: State
    reason: str
