"""Reading, outward rounding and formatting of the time windows of the public answer."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from tracking.pages import indian_time
from tracking.pages.texts import render_text


def read_window(answer: Mapping[str, Any], name: str) -> dict[str, datetime] | None:
    """Read the window `eta` or `promised` of an answer: keys `from` and `to`, and `at` for `eta`."""
    window = answer[name]
    return window and {end: read_moment(window[end]) for end in ("from", "at", "to") if end in window}


def read_moment(text: str) -> datetime:
    """Parse a time of the answer (RFC 3339) to an aware datetime."""
    return datetime.fromisoformat(text)


def ends_of(eta: Mapping[str, datetime]) -> tuple[datetime, datetime]:
    """Round the window's ends outwards to 5, 15 or 30 minutes; a narrower window gets a finer step."""
    width = eta["to"] - eta["from"]
    minutes = 5 if width < timedelta(hours=2) else 15 if width < timedelta(hours=6) else 30
    step = timedelta(minutes=minutes)
    return indian_time.round_down(eta["from"], step), indian_time.round_up(eta["to"], step)


def is_overdue(eta: Mapping[str, datetime], now: datetime) -> bool:
    """Return whether `now` is after the rounded end of the window."""
    return now > ends_of(eta)[1]


def format_ends(eta: Mapping[str, datetime], now: datetime, by: str) -> str:
    """Format as `10 am - 1 pm`; once the window has begun, the text `by` with its end."""
    start, end = ends_of(eta)
    if start < now and indian_time.day_of(start) == indian_time.day_of(end):
        return render_text(by, time=indian_time.format_clock(end))
    return indian_time.format_span(start, end)


def format_likely(eta: Mapping[str, datetime], now: datetime, likely: str) -> str:
    """Format the text `likely` with the window's middle; empty once that is past."""
    at = indian_time.round_near(eta["at"], indian_time.FINE)
    return render_text(likely, time=indian_time.format_clock(at)) if at > now else ""


def format_window(eta: Mapping[str, datetime], now: datetime) -> str:
    """Format as `10 am - 1 pm · most likely 11:20 am`, without parts that are past."""
    ends, likely = format_ends(eta, now, "by.leading"), format_likely(eta, now, "likely")
    return render_text("join", one=ends, other=likely) if likely else ends


def format_promised(answer: Mapping[str, Any]) -> str:
    """Format the promised day and hours; empty without a promise."""
    promised = read_window(answer, "promised")
    return indian_time.format_promise(promised["from"], promised["to"]) if promised else ""
