"""Reasons of alarms in plain words, with the figure and the threshold."""

import re
from collections.abc import Iterator, Mapping

from laboratory.alarms.model import Alarm, Query, Reading
from workers.alarm_states import State

_SIDES = {
    "GreaterThanThreshold": "above",
    "GreaterThanOrEqualToThreshold": "at or above",
    "LessThanThreshold": "below",
    "LessThanOrEqualToThreshold": "at or below",
}
_MINUTE_S = 60
WHOLE_FROM = 100
# Units by the end of a name.
_UNITS = {"_ms": "ms", "Milliseconds": "ms", "_s": "s", "AgeOfOldestMessage": "s"}
# A part whose id is only a number of its kind (`q3`) is called by what it is about.
_NUMBERED = re.compile(r"[a-z]\d+")
_PREFIX = re.compile(r"^swiftlogix-[a-z]+-")


def describe_value(
    alarm: Alarm, state: State, breaching: int, value: float, parts: Mapping[str, float | None]
) -> str:
    """Return why an alarm is on or off, with one value that it watches, and the parts that made it."""
    unit = _find_unit(alarm)
    limit = f"{_SIDES[alarm.comparison]} {describe_number(alarm.threshold)}{unit}"
    made_of = ", ".join(_list_parts(alarm, parts))
    shown = f"{describe_number(value)}{unit}"
    figure = f"{_name_watched(alarm)} is {shown}" + (f" ({made_of})" if made_of else "")
    if state == "ALARM":
        return f"{figure}, {limit}{_of_periods(alarm, breaching)}"
    return f"{figure}; on if {limit}{_of_periods(alarm, alarm.datapoints)}"


def describe_missing(alarm: Alarm, state: State, gaps: int) -> str:
    """Return why an alarm is on or off for the periods without a value, of which there are `gaps`."""
    figure = f"{_name_watched(alarm)} had no value{_of_periods(alarm, gaps)}"
    if state == "INSUFFICIENT_DATA":
        return figure
    return f"{figure}, which counts as {'a failure' if state == 'ALARM' else 'good'}"


def describe_periods(alarm: Alarm) -> str:
    """Return the periods of an alarm: `3 minutes`, `2 periods of 10 minutes`."""
    minutes = alarm.period_s // _MINUTE_S
    if alarm.periods == 1 or minutes == 1:
        count = alarm.periods * minutes
        return f"{count} minute{'' if count == 1 else 's'}"
    return f"{alarm.periods} periods of {minutes} minutes"


def describe_new(alarm: Alarm) -> str:
    """Return why an alarm is not judged yet."""
    return f"{_name_watched(alarm)} has been watched for less than {describe_periods(alarm)}"


def describe_number(value: float) -> str:
    """Return a number with marks between thousands; with at most three decimals, from 100 on without any."""
    if abs(value) >= WHOLE_FROM:
        return f"{value:,.0f}"
    return f"{value:,.3f}".rstrip("0").rstrip(".")


def _of_periods(alarm: Alarm, count: int) -> str:
    if alarm.periods == 1:
        return f" over {describe_periods(alarm)}"
    return f" in {count} of {describe_periods(alarm)}"


def _find_unit(alarm: Alarm) -> str:
    """Return the unit of what an alarm watches, by the end of its name; empty for a count or a share."""
    name = _name_watched(alarm).partition(" ")[0]
    return next((f" {unit}" for end, unit in _UNITS.items() if name.endswith(end)), "")


def _name_watched(alarm: Alarm) -> str:
    (part,) = (part for part in alarm.parts if part.part_id == alarm.watched)
    if isinstance(part, Reading):
        return f"{part.series.name} ({part.statistic})"
    return f"{part.name} ({part.statistic})" if isinstance(part, Query) else part.part_id


def _list_parts(alarm: Alarm, parts: Mapping[str, float | None]) -> Iterator[str]:
    """Yield the readings below a formula with their values; of numbered ones those that are not zero."""
    for part in alarm.parts:
        value = parts[part.part_id]
        if part.part_id == alarm.watched:
            continue
        if not _NUMBERED.fullmatch(part.part_id):
            yield f"{part.part_id} {'none' if value is None else describe_number(value)}"
        elif value and isinstance(part, Reading) and part.series.dimensions:
            yield f"{_PREFIX.sub('', part.series.dimensions[-1][1])} {describe_number(value)}"
