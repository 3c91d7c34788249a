"""Formatting of days, times and ages for readers in India: IST, weekday first, am and pm."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import NamedTuple

from tracking.domain.indian_time import INDIA, date_in_india, find_part_of_day
from tracking.pages.texts import render_text

DAY_S = 24 * 3600
_in_full: ContextVar[bool] = ContextVar("dates_in_full", default=False)


@contextmanager
def dates_in_full() -> Iterator[None]:
    """Format every day by its date within the block, as for paper: never as `today` or `yesterday`."""
    token = _in_full.set(True)
    try:
        yield
    finally:
        _in_full.reset(token)


def says_today() -> bool:
    """Return whether days near now have names such as `today`."""
    return not _in_full.get()


class AgeStep(NamedTuple):
    """Rule for ages below `below_s` seconds: counted in units of `unit_s`, shown in multiples of `times`.

    `code` is the text that shows the age; `below_s` is None for the last step.
    """

    below_s: int | None
    unit_s: int
    times: int
    code: str


# The page's script formats ages by the same steps, with the reader's clock.
AGE_STEPS = (
    AgeStep(10, 10, 0, "age.now"),
    AgeStep(60, 10, 10, "age.s"),
    AgeStep(120, 60, 1, "age.min.1"),
    AgeStep(3600, 60, 1, "age.min"),
    AgeStep(7200, 3600, 1, "age.h.1"),
    AgeStep(DAY_S, 3600, 1, "age.h"),
    AgeStep(2 * DAY_S, DAY_S, 1, "age.day"),
    AgeStep(None, DAY_S, 1, "age.days"),
)


def days_between(earlier: datetime, later: datetime) -> int:
    """Count the midnights in India between two moments."""
    return (date_in_india(later) - date_in_india(earlier)).days


def format_clock(moment: datetime) -> str:
    """Format as `10 am`, `11:20 am`, `12 pm` at noon; other languages name the part of the day."""
    local = moment.astimezone(INDIA)
    hour = f"{local.hour % 12 or 12}"
    time = f"{hour}:{local:%M}" if local.minute else hour
    return render_text(f"clock.{find_part_of_day(moment)}", time=time)


def format_weekday(moment: datetime, *, long: bool = False) -> str:
    """Format as `Tue`, or as `Tuesday` if `long`."""
    return render_text("weekdays.long" if long else "weekdays").split()[date_in_india(moment).weekday()]


def format_date(moment: datetime) -> str:
    """Format as `Tue 24 Nov`."""
    day = date_in_india(moment)
    month = render_text("months").split()[day.month - 1]
    return render_text("day", weekday=format_weekday(moment), day=day.day, month=month)


def format_day(moment: datetime, now: datetime) -> str:
    """Format as `today`, `tomorrow`, else `Tue 24 Nov`."""
    ahead = days_between(now, moment) if says_today() else None
    if ahead == 0:
        return render_text("day.today")
    return render_text("day.tomorrow") if ahead == 1 else format_date(moment)


def format_day_within_a_week(moment: datetime, now: datetime) -> str:
    """Format as `today`, `tomorrow`, `Sunday` when it is less than a week ahead, else `Sun 6 Dec`."""
    soon = says_today() and 2 <= days_between(now, moment) <= 6
    return format_weekday(moment, long=True) if soon else format_day(moment, now)


def format_moment(moment: datetime, now: datetime) -> str:
    """Format as `Today, 6:40 am`, `Yesterday, 10:15 pm` or `Fri 20 Nov, 6:02 pm`."""
    named = {0: "moment.today", 1: "moment.yesterday"} if says_today() else {}
    code = named.get(days_between(moment, now), "moment")
    return render_text(code, day=format_date(moment), time=format_clock(moment))


def format_date_and_clock(moment: datetime) -> str:
    """Format as `Fri 20 Nov, 6:02 pm`."""
    return render_text("moment", day=format_date(moment), time=format_clock(moment))


def format_span(start: datetime, end: datetime) -> str:
    """Format as `10 am - 1 pm` (with an en dash); with weekdays when the end is on another day."""
    if date_in_india(start) == date_in_india(end):
        return format_clocks(start, end)
    ends = [format_weekday_and_clock(moment) for moment in (start, end)]
    return render_text("span", **{"from": ends[0], "to": ends[1]})


def format_clocks(start: datetime, end: datetime) -> str:
    """Format as `11:30 pm - 12:15 am` (with an en dash), whatever the days."""
    return render_text("span", **{"from": format_clock(start), "to": format_clock(end)})


def format_weekday_and_clock(moment: datetime) -> str:
    """Format as `Thu 9 pm`."""
    return f"{format_weekday(moment)} {format_clock(moment)}"


def format_promise(start: datetime, end: datetime) -> str:
    """Format as `Tue 24 Nov, 10 am - 1 pm`, or `Tue 24 Nov - Thu 26 Nov` over days; with an en dash."""
    if date_in_india(start) == date_in_india(end):
        return render_text("span.day", day=format_date(start), span=format_span(start, end))
    return render_text("span", **{"from": format_date(start), "to": format_date(end)})


def format_age(moment: datetime, now: datetime) -> str:
    """Format as `just now`, `40 s ago`, `14 min ago`, `3 h ago`, `5 days ago`."""
    seconds = max(0, (now - moment) // timedelta(seconds=1))
    step = next(step for step in AGE_STEPS if step.below_s is None or seconds < step.below_s)
    return render_text(step.code, n=seconds // step.unit_s * step.times)
