"""States of alarms at a moment, from their series: pure, with CloudWatch's rules."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from laboratory.alarms import words
from laboratory.alarms.formulas import Value, compute, holds, list_members
from laboratory.alarms.model import Alarm, Composite, Formula, Query, Reading, Verdict
from laboratory.alarms.series import Series, find_minute
from workers.alarm_states import State

# CloudWatch looks this many periods further back than the alarm has, if values are missing.
EXTRA_PERIODS = 2
# Whether anything here emits a metric of this namespace and name.
HasSource = Callable[[str, str], bool]
_BREACHES: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}


class _Shown(NamedTuple):
    value: float
    parts: Mapping[str, Value]


class Point(NamedTuple):
    """Value that an alarm watches in one period, and those of all its parts."""

    value: Value
    parts: Mapping[str, Value]


def evaluate(
    alarms: Sequence[Alarm | Composite], series: Series, at: float, has_source: HasSource
) -> list[Verdict]:
    """Return a verdict on each alarm at the moment `at`, in seconds since 1970, in the same order.

    Only whole minutes before the moment count. An alarm is `NO_SOURCE` if nothing here emits one of its
    metrics; a composite, if that is so for all its members. An alarm to which missing values are failures is
    not on until there have been series for as long as its periods last.
    """
    ends_at = find_minute(at)
    found: dict[str, Verdict] = {}
    for alarm in alarms:
        if isinstance(alarm, Alarm):
            found[alarm.name] = _judge(alarm, series, ends_at, has_source)
    composites = [alarm for alarm in alarms if isinstance(alarm, Composite)]
    while ready := [each for each in composites if set(list_members(each.rule)) <= set(found)]:
        found |= {each.name: _judge_composite(each, found) for each in ready}
        composites = [each for each in composites if each not in ready]
    return [found[alarm.name] for alarm in alarms]


def span_s(alarms: Iterable[Alarm | Composite], has_source: HasSource) -> int:
    """Return for how many seconds back the alarms that have a source read their series."""
    spans = [
        (alarm.periods + EXTRA_PERIODS) * alarm.period_s
        for alarm in alarms
        if isinstance(alarm, Alarm) and is_fed(alarm, has_source)
    ]
    return max(spans, default=0)


def is_fed(alarm: Alarm, has_source: HasSource) -> bool:
    """Return whether all metrics of an alarm are emitted here."""
    return all(
        has_source(part.series.namespace, part.series.name)
        if isinstance(part, Reading)
        else has_source(part.namespace, part.name)
        for part in alarm.parts
        if not isinstance(part, Formula)
    )


def choose_state(alarm: Alarm, values: Sequence[Value]) -> tuple[State, int]:
    """Return the state for the values of the newest periods, the newest last, and how many of them breach.

    Values are taken from `EXTRA_PERIODS` more than the alarm has. If enough of them exist, the newest decide
    and no gap counts; else the gaps are filled as `missing` says, and count among those that breach.
    """
    present = [value for value in values if value is not None][-alarm.periods :]
    breaching = sum(_BREACHES[alarm.comparison](value, alarm.threshold) for value in present)
    gaps = alarm.periods - len(present)
    needed = alarm.datapoints
    if alarm.missing == "breaching":
        breaching += gaps
    elif alarm.missing == "missing":
        if not present:
            return "INSUFFICIENT_DATA", 0
        needed = min(needed, len(present))
    return ("ALARM" if breaching >= needed else "OK"), breaching


def _judge(alarm: Alarm, series: Series, ends_at: int, has_source: HasSource) -> Verdict:
    if not is_fed(alarm, has_source):
        return Verdict(alarm.name, alarm.runbook, "NO_SOURCE", "only AWS emits what it watches")
    points = _read_points(alarm, series, ends_at)
    state, breaching = choose_state(alarm, [point.value for point in points])
    starts_at = ends_at - alarm.periods * alarm.period_s
    if state == "ALARM" and alarm.missing == "breaching" and starts_at < series.first_at:
        return Verdict(alarm.name, alarm.runbook, "INSUFFICIENT_DATA", words.describe_new(alarm))
    shown = _choose_shown(alarm, points, state)
    if shown is None:
        gaps = sum(point.value is None for point in points[-alarm.periods :])
        reason = words.describe_missing(alarm, state, gaps)
    else:
        reason = words.describe_value(alarm, state, breaching, shown.value, shown.parts)
    return Verdict(alarm.name, alarm.runbook, state, reason)


def _read_points(alarm: Alarm, series: Series, ends_at: int) -> list[Point]:
    """Return a point for each of the newest periods, the newest last; windows slide by whole minutes."""
    first = ends_at - (alarm.periods + EXTRA_PERIODS) * alarm.period_s
    return [_read_point(alarm, series, starts_at) for starts_at in range(first, ends_at, alarm.period_s)]


def _read_point(alarm: Alarm, series: Series, starts_at: int) -> Point:
    parts: dict[str, Value] = {}
    for part in alarm.parts:
        if isinstance(part, Reading | Query):
            parts[part.part_id] = series.read(part, starts_at, alarm.period_s)
        else:
            parts[part.part_id] = compute(part.expression, parts, starts_at)
    return Point(parts[alarm.watched], parts)


def _choose_shown(alarm: Alarm, points: Sequence[Point], state: State) -> _Shown | None:
    """Return the newest point with a value: for an alarm that is on, the newest that breaches."""
    present = [_Shown(point.value, point.parts) for point in points if point.value is not None]
    present = present[-alarm.periods :]
    if state == "ALARM":
        present = [point for point in present if _BREACHES[alarm.comparison](point.value, alarm.threshold)]
    return present[-1] if present else None


def _judge_composite(composite: Composite, found: Mapping[str, Verdict]) -> Verdict:
    """Judge a composite by its members; one without a source here counts as not on."""
    members = [found[name] for name in list_members(composite.rule)]
    on = [member.name for member in members if member.state == "ALARM"]
    if all(member.state == "NO_SOURCE" for member in members):
        return Verdict(
            composite.name, composite.runbook, "NO_SOURCE", "only AWS emits what its members watch"
        )
    if holds(composite.rule, {name: verdict.state for name, verdict in found.items()}):
        return Verdict(composite.name, composite.runbook, "ALARM", f"on: {', '.join(on)}")
    reason = f"on: {', '.join(on)}; more are needed" if on else "none of its members is on"
    return Verdict(composite.name, composite.runbook, "OK", reason)
