"""Minutes of the steps in this process: items and errors of each of the last sixteen minutes of the clock."""

from collections import deque
from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from workers.steps.meter import Step

MINUTE_S = 60
# The minute under way, and those that a line shows.
MINUTES_SHOWN = 15
MINUTES_KEPT = MINUTES_SHOWN + 1

# Items and errors since the start of a process, by step.
Totals = Mapping[Step, tuple[int, int]]


class StepMinutes(msgspec.Struct):
    """Items and errors of one step by minute, oldest first; the newest is minute `last` since 1970."""

    last: int
    items: list[int]
    errors: list[int]


class MinuteSums:
    """Splits growing totals into minutes. A minute without a call that lies between two counts as 0."""

    def __init__(self) -> None:
        self._last: int | None = None
        self._before: Totals = {}
        self._minutes: deque[dict[Step, tuple[int, int]]] = deque(maxlen=MINUTES_KEPT)

    def take(self, totals: Totals, steps: Iterable[Step], now: datetime) -> dict[Step, StepMinutes]:
        """Add what the totals have grown by to the minute of `now`; return the minutes of these steps."""
        self._begin(find_minute(now))
        minute = self._minutes[-1]
        for step, found in totals.items():
            known, before = minute.get(step, (0, 0)), self._before.get(step, (0, 0))
            minute[step] = (known[0] + found[0] - before[0], known[1] + found[1] - before[1])
        self._before = dict(totals)
        return {step: self._read(step) for step in steps}

    def _begin(self, minute: int) -> None:
        """Begin the minute, unless it is under way or the clock was set back."""
        begun = minute - 1 if self._last is None else self._last
        for _ in range(min(minute - begun, MINUTES_KEPT)):
            self._minutes.append({})
        self._last = max(begun, minute)

    def _read(self, step: Step) -> StepMinutes:
        found = [minute.get(step, (0, 0)) for minute in self._minutes]
        return StepMinutes(self._last or 0, [items for items, _ in found], [errors for _, errors in found])


def find_minute(moment: datetime) -> int:
    """Return the number of the minute since 1970."""
    return int(moment.timestamp() // MINUTE_S)
