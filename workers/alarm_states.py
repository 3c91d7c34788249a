"""Port of the states of the alarms, as the pipeline page shows them."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Literal, Protocol

import msgspec

# `NO_SOURCE`: nothing on this machine emits what the alarm watches. The others are those of CloudWatch.
State = Literal["ALARM", "OK", "INSUFFICIENT_DATA", "NO_SOURCE"]


class AlarmState(msgspec.Struct, frozen=True):
    """State of an alarm, since when it has been in it, and why; `runbook` is the name of its page."""

    name: str
    state: State
    since: datetime
    reason: str
    runbook: str


class AlarmReport(msgspec.Struct, frozen=True):
    """States of all alarms at a moment."""

    evaluated_at: datetime
    alarms: Sequence[AlarmState]


class AlarmStates(Protocol):
    """Answers in which state the alarms are."""

    def read(self) -> AlarmReport | None:
        """Return the newest report, None if nobody evaluates the alarms.

        Raises `TransientError` if it cannot be read.
        """
        ...


class AlarmsOn:
    """`ActiveAlarms` of tracking, from the states of all alarms."""

    def __init__(self, states: AlarmStates) -> None:
        self._states = states

    def list_on(self) -> Collection[str]:
        """Return the names of those that are on."""
        report = self._states.read()
        return [alarm.name for alarm in report.alarms if alarm.state == "ALARM"] if report else ()


class NoAlarmStates:
    """`AlarmStates` where nobody evaluates."""

    def read(self) -> None:
        """Return None."""
