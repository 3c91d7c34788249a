"""Lines of the steps on the pipeline page: rate and errors of the last 15 minutes, of all processes."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from tracking.pages.key_figures import HEIGHT, MARGIN, MIN_POINTS, draw_line
from workers.steps.meter import Step
from workers.steps.minutes import MINUTE_S, MINUTES_SHOWN, StepMinutes, find_minute
from workers.steps.ports import StepReport

LINE_BOX = f"0 0 {MINUTES_SHOWN - 1} {HEIGHT}"
ZERO_LINE = f"M0 {HEIGHT - MARGIN}h{MINUTES_SHOWN - 1}"


class StepLine(NamedTuple):
    """Lines of one step as SVG paths, and their extremes: items a second, errors a minute.

    Each has a scale of its own, from zero at `ZERO_LINE` to its highest value. `rate` is empty for fewer than
    five known minutes, `errors` also without errors.
    """

    rate: str = ""
    errors: str = ""
    lowest: float = 0.0
    highest: float = 0.0
    most_errors: int = 0


NO_LINE = StepLine()


def draw_step_line(step: Step, reports: Iterable[StepReport], now: datetime) -> StepLine:
    """Return the line of a step through the last 15 whole minutes, from reports of all ages.

    A minute that no process has reported is left out.
    """
    begins = find_minute(now) - MINUTES_SHOWN
    known = _add_up((report.minutes[step] for report in reports if step in report.minutes), begins)
    if len(known) < MIN_POINTS:
        return NO_LINE
    rates = tuple((number, round(items / MINUTE_S, 1)) for number, (items, _) in sorted(known.items()))
    errors = tuple((number, float(count)) for number, (_, count) in sorted(known.items()))
    most = max(count for _, count in known.values())
    values = [rate for _, rate in rates]
    return StepLine(
        draw_line(rates, from_zero=True),
        draw_line(errors, from_zero=True) if most else "",
        min(values),
        max(values),
        most,
    )


def _add_up(found: Iterable[StepMinutes], begins: int) -> dict[int, tuple[int, int]]:
    """Return items and errors of the shown minutes that anybody has reported, by number from 0 to 14."""
    sums: dict[int, tuple[int, int]] = {}
    for minutes in found:
        first = minutes.last - len(minutes.items) + 1 - begins
        for number, counts in enumerate(zip(minutes.items, minutes.errors, strict=True), start=first):
            if 0 <= number < MINUTES_SHOWN:
                known = sums.get(number, (0, 0))
                sums[number] = (known[0] + counts[0], known[1] + counts[1])
    return sums
