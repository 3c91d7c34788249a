"""Texts of the first card of the customer page, by page state: arrival time, reason, next steps."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from tracking.eta.recipient_view import VanNearby
from tracking.pages import indian_time
from tracking.pages.late_reason import say_lateness
from tracking.pages.texts import list_sentences, render_first, render_text
from tracking.pages.windows import (
    CLOCK_CODES,
    format_ahead,
    format_ends,
    format_first_day,
    format_heading,
    format_likely,
    format_next,
    format_promised,
    format_reason,
    format_window,
    read_moment,
    read_shown,
    read_shown_or_promised,
    read_window,
)

Answer = Mapping[str, Any]


class Card(NamedTuple):
    """Texts of the card; empty ones are hidden. `was` is the promised window that no longer holds."""

    h1: str
    window: str = ""
    line: str = ""
    was: str = ""
    next: tuple[str, ...] = ()


def _describe_booked(answer: Answer, now: datetime) -> Card:
    promised = read_window(answer, "promised")
    line = _render_status_text("line", answer)
    if not promised or promised["to"] < now:
        return Card(render_text(f"h1.{answer['status']}"), line=line)
    return Card(
        _render_promise(promised["to"], now), format_ahead(promised["from"], promised["to"], now), line
    )


def _describe_on_the_way(answer: Answer, now: datetime) -> Card:
    shown = read_shown(answer, now)
    if not shown:
        return _describe_by_promise(answer, now)
    line = format_reason(shown, now) or render_text(f"sure.{answer['eta']['confidence']}")
    return Card(format_heading(shown, now), format_window(shown, now), line)


def _describe_out_for_delivery(answer: Answer, now: datetime) -> Card:
    shown = read_shown(answer, now)
    if not shown:
        return Card(render_text("h1.out_for_delivery"), line=render_text("line.out_for_delivery"))
    line = format_reason(shown, now) or _render_status_text("line", answer)
    if shown.text_code not in CLOCK_CODES:
        return Card(format_heading(shown, now), format_window(shown, now), line)
    day = format_first_day(shown, now)
    h1 = render_text("h1.arriving.span", day=day, span=format_ends(shown, now, "by"))
    return Card(h1, format_likely(shown, now, "likely.leading"), line)


def _describe_delayed(answer: Answer, now: datetime) -> Card:
    shown = read_shown_or_promised(answer, now)
    card = Card(
        render_text("pill.delayed"),
        line=say_lateness(answer),
        was=format_promised(answer),
        next=list_sentences(render_text("next.delayed")),
    )
    if not shown:
        return card
    return card._replace(h1=format_heading(shown, now, "h1.delayed"), window=format_window(shown, now))


def _describe_attempt_failed(answer: Answer, now: datetime) -> Card:
    tried_at = _read_optional(answer["status_at"])
    shown = read_shown(answer, now)
    next_ = _list_next(answer)
    # An estimate from before the attempt says nothing about the next one.
    if shown and tried_at and shown.from_ > tried_at and shown.expected_by is None:
        when = format_next(shown, now)
        next_ = (render_text("next.attempt", when=when), *next_)
    line = indian_time.format_moment(tried_at, now) if tried_at else ""
    return Card(render_text("h1.attempt_failed"), _render_status_text("line", answer), line, next=next_)


def _describe_ready(answer: Answer, _: datetime) -> Card:
    place = _last_place(answer)
    h1 = "h1.available_for_pickup"
    return _describe_plain(answer, render_text(f"{h1}.at", place=place) if place else render_text(h1))


def _describe_held(answer: Answer, now: datetime) -> Card:
    if answer["status"] == "expired":
        return _describe_plain(answer, _render_unscanned(answer, now))
    return _describe_plain(answer, _render_where(f"h1.{answer['status']}", _last_place(answer)))


def _describe_delivered(answer: Answer, now: datetime) -> Card:
    return _describe_plain(answer, _render_delivered(_read_optional(answer["status_at"]), now))


def _describe_end(answer: Answer, _: datetime) -> Card:
    return _describe_plain(answer, render_text(f"h1.{answer['status']}"))


def show_van(card: Card, near: VanNearby, driver: str, late: str = "") -> Card:
    """Put the number of stops before the recipient's into the headline, and the time below it.

    At the door there is no time to say. `driver` is the first name of the driver, empty if unknown. `late` is
    why the parcel is late, which is said as well; empty if it is not late.
    """
    line = render_text("line.driver", name=driver) if driver else card.line
    if near.is_at_door and not driver:
        line = render_text("line.out_for_delivery")
    if late and line != late:
        line = f"{late} {line}"
    if near.is_at_door:
        return card._replace(h1=render_text("h1.door"), window="", line=line, next=())
    code = f"h1.stops.{near.stops_ahead}" if near.stops_ahead < 2 else "h1.stops"
    when = render_text("join", one=card.h1, other=card.window) if card.window else card.h1
    return card._replace(h1=render_text(code, n=near.stops_ahead), window=when, line=line)


DESCRIBE: dict[str, Callable[[Answer, datetime], Card]] = {
    "booked": _describe_booked,
    "on_the_way": _describe_on_the_way,
    "out_for_delivery": _describe_out_for_delivery,
    "delayed": _describe_delayed,
    "attempt_failed": _describe_attempt_failed,
    "ready_for_pickup": _describe_ready,
    "held": _describe_held,
    "delivered": _describe_delivered,
    "going_back": _describe_end,
    "stopped": _describe_end,
}


def _describe_plain(answer: Answer, h1: str) -> Card:
    """Build a card without times: the reason and the next steps."""
    return Card(h1, _render_status_text("line", answer), next=_list_next(answer))


def _describe_by_promise(answer: Answer, now: datetime) -> Card:
    promised, status = read_window(answer, "promised"), answer["status"]
    if not promised or promised["to"] < now:
        return Card(render_text(f"h1.{status}"), line=render_text(f"line.{status}"))
    return Card(_render_promise(promised["to"], now), format_ahead(promised["from"], promised["to"], now))


def _render_promise(by: datetime, now: datetime) -> str:
    if indian_time.says_today() and indian_time.days_between(now, by) == 0:
        return render_text("h1.promise.today")
    return render_text("h1.promise", day=indian_time.format_day_within_a_week(by, now))


def _render_where(code: str, place: str) -> str:
    """Format `On hold at Peenya hub`, `On hold in Patna`; a place with a comma is a town and its state."""
    if not place:
        return render_text(code)
    town, comma, _ = place.partition(", ")
    return render_text(f"{code}.in" if comma else f"{code}.at", place=town)


def _render_unscanned(answer: Answer, now: datetime) -> str:
    scans = [event for event in answer["events"] if event["status"] != "expired"]
    last = _read_optional(scans[0]["occurred_at"] if scans else answer["updated_at"])
    days = (now - last) // timedelta(days=1) if last else 0
    return render_text("h1.expired.days", n=days) if days > 1 else render_text("h1.expired")


def _render_delivered(at: datetime | None, now: datetime) -> str:
    if at is None:
        return render_text("h1.delivered")
    ago = indian_time.days_between(at, now)
    if ago > 6 or not indian_time.says_today():
        return render_text("h1.delivered.day", day=indian_time.format_date(at))
    day = render_text("day.today") if ago == 0 else indian_time.format_weekday(at)
    return render_text("h1.delivered.time", day=day, time=indian_time.format_clock(at))


def _render_status_text(kind: str, answer: Answer) -> str:
    """Return the text of this kind for the substatus, else for the status.

    What was reported is not repeated while it is being checked.
    """
    if kind == "line" and answer.get("under_review"):
        return render_text("line.review")
    status = answer["status"]
    return render_first(f"{kind}.{status}.{answer['substatus']}", f"{kind}.{status}")


def _list_next(answer: Answer) -> tuple[str, ...]:
    return list_sentences(_render_status_text("next", answer))


def _last_place(answer: Answer) -> str:
    return next((event["place"] for event in answer["events"] if event["place"]), "")


def _read_optional(text: str | None) -> datetime | None:
    return read_moment(text) if text else None
