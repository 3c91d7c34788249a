"""Days, times and windows in messages: Indian time, with the weekday, in the recipient's language."""

from datetime import datetime
from typing import Literal

from notifications.texts.catalog import render_text
from tracking.domain.indian_time import INDIA, find_part_of_day
from tracking.domain.shown_window import ShownWindow
from tracking.translation import Language

# A short text is for a transport that counts characters.
Length = Literal["full", "short"]


def format_window(shown: ShownWindow, now: datetime, language: Language, length: Length) -> str:
    """Format as `Tue 24 Nov, 12 pm to 1:45 pm`, `Tue 24 Nov, by 9 pm` once begun, or `by Thu 26 Nov`.

    A window over midnight has the day of its begin, until it has begun. No time is said of a day on which
    parcels are delivered around the clock.
    """
    day = format_day(shown.to, language, length)
    if shown.text_code == "by_day" or shown.ends_with_day:
        return _render("window.by", language, length, day=day)
    if shown.from_ <= now:
        end = format_clock(shown.to, language, length)
        return _render("window.begun", language, length, day=day, end=end)
    day = format_day(shown.from_, language, length)
    start = format_clock(shown.from_, language, length)
    end = format_clock(shown.to, language, length, after=shown.from_)
    return _render("window.span", language, length, day=day, start=start, end=end)


def format_moment(moment: datetime, language: Language, length: Length) -> str:
    """Format as `Tue 24 Nov, 11:24 am`."""
    day, time = format_day(moment, language, length), format_clock(moment, language, length)
    return _render("at", language, length, day=day, time=time)


def format_day(moment: datetime, language: Language, length: Length) -> str:
    """Format as `Tue 24 Nov`."""
    local = moment.astimezone(INDIA)
    return _render(
        "day",
        language,
        length,
        weekday=_render("weekdays", language, length).split()[local.weekday()],
        date=local.day,
        month=_render("months", language, length).split()[local.month - 1],
    )


def format_clock(
    moment: datetime, language: Language, length: Length, *, after: datetime | None = None
) -> str:
    """Format as `11:24 am`, `12 pm` at noon.

    `after` is the begin of the window whose end this is: a full text need not repeat its part of the day.
    """
    local = moment.astimezone(INDIA)
    minutes = f":{local.minute:02d}" if local.minute else ""
    part = find_part_of_day(moment)
    is_again = length == "full" and after is not None and find_part_of_day(after) == part
    code = f"clock.{part}.again" if is_again else f"clock.{part}"
    return _render(code, language, length, time=f"{local.hour % 12 or 12}{minutes}")


def _render(code: str, language: Language, length: Length, **values: object) -> str:
    prefix = "message" if length == "full" else "message.short"
    return render_text(f"{prefix}.{code}", language, **values)
