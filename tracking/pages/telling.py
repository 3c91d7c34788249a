"""What the first card of the customer page says, state by state: when it comes, why, what happens next."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from tracking.pages import clock
from tracking.pages.words import say, say_most_exactly

Answer = Mapping[str, Any]


def _tell_booked(answer: Answer, now: datetime) -> dict[str, Any]:
    promised = _window(answer, "promised")
    line = _exactly("line", answer)
    if not promised or promised["to"] < now:
        return {"h1": say(f"h1.{answer['status']}"), "line": line}
    return {"h1": _say_promise(promised["to"], now), "window": say_promised(answer), "line": line}


def _tell_on_the_way(answer: Answer, now: datetime) -> dict[str, Any]:
    eta = _window(answer, "eta")
    if not eta:
        return _tell_by_promise(answer, now)
    if _is_overdue(eta, now):
        return _tell_overdue(eta)
    h1 = say("h1.arriving", day=clock.say_day(eta["at"], now))
    return {"h1": h1, "window": _say_window(eta, now), "line": say(f"sure.{answer['eta']['confidence']}")}


def _tell_out_for_delivery(answer: Answer, now: datetime) -> dict[str, Any]:
    eta = _window(answer, "eta")
    if not eta:
        return {"h1": say("h1.out_for_delivery"), "line": say("line.out_for_delivery")}
    if _is_overdue(eta, now):
        return _tell_overdue(eta)
    h1 = say("h1.arriving.span", day=clock.say_day(eta["at"], now), span=_say_ends(eta, now, "by"))
    return {"h1": h1, "window": _say_likely(eta, now, "Likely"), "line": _exactly("line", answer)}


def _tell_delayed(answer: Answer, now: datetime) -> dict[str, Any]:
    eta = _window(answer, "eta")
    told = {
        "was": say_promised(answer),
        "line": say(f"line.delayed.{answer['delay']['cause']}"),
        "next": _say_all("next.delayed"),
    }
    if not eta or _is_overdue(eta, now):
        return told | {"h1": say("h1.late")}
    return told | {
        "h1": say("h1.delayed", day=clock.say_day(eta["at"], now)),
        "window": _say_window(eta, now),
    }


def _tell_attempt_failed(answer: Answer, now: datetime) -> dict[str, Any]:
    tried_at = _moment(answer["status_at"])
    eta = _window(answer, "eta")
    when = clock.say_moment(tried_at, now) if tried_at else ""
    next_ = _say_all("next", answer)
    # An estimate from before the attempt says nothing about the next one.
    if eta and tried_at and eta["from"] > tried_at and not _is_overdue(eta, now):
        next_ = (say("next.attempt", when=clock.say_promise(*_ends(eta))), *next_)
    return {"h1": say("h1.attempt_failed"), "window": _exactly("line", answer), "line": when, "next": next_}


def _tell_ready(answer: Answer, _: datetime) -> dict[str, Any]:
    place = _last_place(answer)
    h1 = say("h1.available_for_pickup.at", place=place) if place else say("h1.available_for_pickup")
    return {"h1": h1, "window": _exactly("line", answer), "next": _say_all("next", answer)}


def _tell_held(answer: Answer, now: datetime) -> dict[str, Any]:
    status = answer["status"]
    h1 = (
        _say_unscanned(answer, now)
        if status == "expired"
        else _say_where(f"h1.{status}", _last_place(answer))
    )
    return {"h1": h1, "window": _exactly("line", answer), "next": _say_all("next", answer)}


def _tell_delivered(answer: Answer, now: datetime) -> dict[str, Any]:
    told = {"window": _exactly("line", answer), "next": _say_all("next", answer)}
    at = _moment(answer["status_at"])
    if at is None:
        return told | {"h1": say("h1.delivered")}
    ago = clock.days_between(at, now)
    if ago > 6:
        return told | {"h1": say("h1.delivered.day", day=clock.say_date(at))}
    day = say("day.today") if ago == 0 else clock.say_weekday(at)
    return told | {"h1": say("h1.delivered.time", day=day, time=clock.say_time(at))}


def _tell_end(answer: Answer, _: datetime) -> dict[str, Any]:
    h1 = say(f"h1.{answer['status']}")
    return {"h1": h1, "window": _exactly("line", answer), "next": _say_all("next", answer)}


TELL: dict[str, Callable[[Answer, datetime], dict[str, Any]]] = {
    "booked": _tell_booked,
    "on_the_way": _tell_on_the_way,
    "out_for_delivery": _tell_out_for_delivery,
    "delayed": _tell_delayed,
    "attempt_failed": _tell_attempt_failed,
    "ready_for_pickup": _tell_ready,
    "held": _tell_held,
    "delivered": _tell_delivered,
    "going_back": _tell_end,
    "stopped": _tell_end,
}


def _tell_by_promise(answer: Answer, now: datetime) -> dict[str, Any]:
    promised = _window(answer, "promised")
    if not promised or promised["to"] < now:
        return {"h1": say(f"h1.{answer['status']}"), "line": say(f"line.{answer['status']}")}
    return {"h1": _say_promise(promised["to"], now), "window": say_promised(answer)}


def _say_promise(by: datetime, now: datetime) -> str:
    if clock.days_between(now, by) == 0:
        return say("h1.promise.today")
    return say("h1.promise", day=clock.say_day_within_a_week(by, now))


def _tell_overdue(eta: Mapping[str, datetime]) -> dict[str, Any]:
    return {"h1": say("h1.soon"), "line": say("overdue", time=clock.say_time(_ends(eta)[1]))}


def _is_overdue(eta: Mapping[str, datetime], now: datetime) -> bool:
    return now > _ends(eta)[1]


def _ends(eta: Mapping[str, datetime]) -> tuple[datetime, datetime]:
    """The window's ends, rounded outwards: finer the narrower it is."""
    width = eta["to"] - eta["from"]
    minutes = 5 if width < timedelta(hours=2) else 15 if width < timedelta(hours=6) else 30
    step = timedelta(minutes=minutes)
    return clock.round_down(eta["from"], step), clock.round_up(eta["to"], step)


def _say_ends(eta: Mapping[str, datetime], now: datetime, by: str) -> str:
    start, end = _ends(eta)
    one_day = clock.day_of(start) == clock.day_of(end)
    return say(by, time=clock.say_time(end)) if start < now and one_day else clock.say_span(start, end)


def _say_likely(eta: Mapping[str, datetime], now: datetime, likely: str) -> str:
    at = clock.round_near(eta["at"], clock.FINE)
    return say(likely, time=clock.say_time(at)) if at > now else ""


def _say_window(eta: Mapping[str, datetime], now: datetime) -> str:
    """`10 am - 1 pm · most likely 11:20 am`, without what lies behind us."""
    ends, likely = _say_ends(eta, now, "By"), _say_likely(eta, now, "likely")
    return say("join", one=ends, other=likely) if likely else ends


def _say_where(code: str, place: str) -> str:
    """`On hold at Peenya hub`, `On hold in Patna`; a place with a comma is a town and its state."""
    if not place:
        return say(code)
    town, comma, _ = place.partition(", ")
    return say(f"{code}.in" if comma else f"{code}.at", place=town)


def _say_unscanned(answer: Answer, now: datetime) -> str:
    scans = [event for event in answer["events"] if event["status"] != "expired"]
    last = _moment(scans[0]["occurred_at"] if scans else answer["updated_at"])
    days = (now - last) // timedelta(days=1) if last else 0
    return say("h1.expired.days", n=days) if days > 1 else say("h1.expired")


def say_promised(answer: Answer) -> str:
    """The promised day and hours; empty without a promise."""
    promised = _window(answer, "promised")
    return clock.say_promise(promised["from"], promised["to"]) if promised else ""


def _last_place(answer: Answer) -> str:
    return next((event["place"] for event in answer["events"] if event["place"]), "")


def _exactly(kind: str, answer: Answer) -> str:
    status = answer["status"]
    return say_most_exactly(f"{kind}.{status}.{answer['substatus']}", f"{kind}.{status}")


def _say_all(kind: str, answer: Answer | None = None) -> tuple[str, ...]:
    text = _exactly(kind, answer) if answer else say(kind)
    return tuple(text.split("|")) if text else ()


def _window(answer: Answer, name: str) -> dict[str, datetime] | None:
    window = answer[name]
    return window and {end: read_moment(window[end]) for end in ("from", "at", "to") if end in window}


def _moment(text: str | None) -> datetime | None:
    return read_moment(text) if text else None


def read_moment(text: str) -> datetime:
    """A moment of the answer: RFC 3339, aware."""
    return datetime.fromisoformat(text)
