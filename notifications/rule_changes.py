"""Changed rules as people write them: JSON with limits and triggers, read into `Rules`."""

import dataclasses
from collections.abc import Mapping
from datetime import date, time, timedelta
from typing import Annotated, Any

import msgspec

from notifications.decisions import RULES, Rules
from notifications.domain import TransportDeclaration, Trigger
from notifications.quiet_hours import QuietHours

# Limits and budgets beyond this mean "never" and "no limit" as well.
MOST = 1_000_000
FIRST_YEAR, LAST_YEAR = 2000, 2999
Count = Annotated[int, msgspec.Meta(ge=0, le=MOST)]


class RuleError(ValueError):
    """Raised for a changed rule that cannot be read; the text says what is wrong with it."""


class RuleChange(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Differences from the rules in force.

    `sends` and `skips` list triggers by transport. `late_limits` are minutes by trigger, `quiet_hours` is a
    span such as `21:00-08:00`, `budgets` are messages about one shipment on one day by transport.
    """

    sends: dict[str, list[Trigger]] = {}
    skips: dict[str, list[Trigger]] = {}
    late_limits: dict[Trigger, Count] = {}
    quiet_hours: str = ""
    budgets: dict[str, Count] = {}


def read_rule_change(text: str | bytes) -> RuleChange:
    """Read a changed rule from JSON. Raises `RuleError`."""
    try:
        return msgspec.json.decode(text, type=RuleChange)
    except msgspec.MsgspecError as error:
        raise RuleError(str(error)) from error


def convert_rule_change(fields: Mapping[str, Any]) -> RuleChange:
    """Build a changed rule from plain values, as those of a command line. Raises `RuleError`."""
    try:
        return msgspec.convert(fields, type=RuleChange)
    except msgspec.MsgspecError as error:
        raise RuleError(str(error)) from error


def read_day(text: str) -> date:
    """Read a day such as `2026-11-28`. Raises `RuleError`, also for a year that no change can have."""
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise RuleError(f"not a day such as 2026-11-28: {text!r}") from error
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise RuleError(f"not a day between the years {FIRST_YEAR} and {LAST_YEAR}: {text!r}")
    return day


def apply_rule_change(change: RuleChange, declared: Mapping[str, TransportDeclaration]) -> Rules:
    """Return the rules in force with the change applied. Raises `RuleError` for an unknown transport."""
    named = {*change.sends, *change.skips, *change.budgets}
    if unknown := sorted(named - set(declared)):
        raise RuleError(f"unknown transport: {', '.join(unknown)}; known: {', '.join(sorted(declared))}")
    late_limits = {trigger: timedelta(minutes=minutes) for trigger, minutes in change.late_limits.items()}
    return dataclasses.replace(
        RULES,
        late_limits={**RULES.late_limits, **late_limits},
        quiet_hours=_read_span(change.quiet_hours) if change.quiet_hours else RULES.quiet_hours,
        triggers={
            name: (one.triggers | set(change.sends.get(name, ()))) - set(change.skips.get(name, ()))
            for name, one in declared.items()
        },
        shipment_limits=change.budgets,
    )


def _read_span(text: str) -> QuietHours:
    start, _, end = text.partition("-")
    try:
        span = QuietHours(time.fromisoformat(start.strip()), time.fromisoformat(end.strip()))
    except ValueError as error:
        raise RuleError(f"quiet hours are written as 21:00-08:00, not {text!r}") from error
    if span.start.tzinfo or span.end.tzinfo:
        raise RuleError(f"quiet hours have no time zone: {text!r}")
    return span
