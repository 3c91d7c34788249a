"""Port of the states of the alarms, as the pipeline page shows them."""

from collections.abc import Sequence
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


class NoAlarmStates:
    """`AlarmStates` where nobody evaluates."""

    def read(self) -> None:
        """Return None."""
