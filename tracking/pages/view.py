"""What the customer page says about a shipment: the public answer, put into words for one moment.

`static/tracking/view.js` is its twin in the browser: the server draws the first page, the browser every
later one, and a test holds both to the same words for every state.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from tracking.looks import look_of
from tracking.pages import clock
from tracking.pages.words import say, say_most_exactly

Answer = Mapping[str, Any]

STALE_AFTER = timedelta(minutes=10)
SHOWN_STEPS = 5
# Where the parcel is on its way and a lane says something; never where a position would show a home.
MAP_STATUSES = (
    "picked_up",
    "in_transit",
    "out_for_delivery",
    "attempt_failed",
    "on_hold",
    "exception",
    "returning",
)
STATES = {
    "unknown": "booked",
    "created": "booked",
    "picked_up": "on_the_way",
    "in_transit": "on_the_way",
    "out_for_delivery": "out_for_delivery",
    "attempt_failed": "attempt_failed",
    "available_for_pickup": "ready_for_pickup",
    "on_hold": "held",
    "exception": "held",
    "expired": "held",
    "delivered": "delivered",
    "returning": "going_back",
    "returned": "going_back",
    "cancelled": "stopped",
    "lost": "stopped",
}
MAY_BE_DELAYED = ("booked", "on_the_way", "out_for_delivery")
BAR = ("packed", "on_the_way", "out_for_delivery", "delivered")
BAR_OF = {
    "picked_up": 1,
    "in_transit": 1,
    "out_for_delivery": 2,
    "attempt_failed": 2,
    "available_for_pickup": 2,
    "delivered": 3,
}


@dataclass(frozen=True)
class Step:
    """One row of the journey; `tone` colours its dot and is empty for a quiet one."""

    text: str
    when: str
    at: str
    tone: str


@dataclass(frozen=True)
class Bar:
    """One of the four steps: `mark` is done, current or todo."""

    label: str
    mark: str


@dataclass(frozen=True)
class View:
    """Everything on the page that may change, as the texts to show; an empty text hides its element."""

    state: str
    icon: str
    tone: str
    pill: str
    title: str = ""
    h1: str = ""
    window: str = ""
    was: str = ""
    line: str = ""
    next: tuple[str, ...] = ()
    bar: tuple[Bar, ...] = ()
    journey: tuple[Step, ...] = ()
    promised: str = ""
    seen: str = ""
    is_stale: bool = False
    has_map: bool = False


def describe(answer: Answer, now: datetime) -> View:
    """The page's texts for a public answer at the moment `now` (aware)."""
    state = state_of(answer)
    status = "delayed" if state == "delayed" else answer["status"]
    look = look_of(status)
    view = View(
        state=state,
        icon=look.icon,
        tone=look.tone,
        pill=say(f"pill.{status}"),
        bar=_bar(answer),
        journey=_journey(answer, now, look.tone),
        promised=_promised(answer),
        **_seen(answer, now),
    )
    view = replace(view, **_TELL[state](answer, now))
    return replace(view, title=say("title", h1=view.h1))


def state_of(answer: Answer) -> str:
    """Which of the page's states a shipment is in; lateness shows only while it may still arrive."""
    state = STATES.get(answer["status"], "booked")
    return "delayed" if answer["is_delayed"] and state in MAY_BE_DELAYED else state


def _tell_booked(answer: Answer, now: datetime) -> dict[str, Any]:
    promised = _window(answer, "promised")
    line = _exactly("line", answer)
    if not promised or promised["to"] < now:
        return {"h1": say(f"h1.{answer['status']}"), "line": line}
    return {"h1": _say_promise(promised["to"], now), "window": _promised(answer), "line": line}


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
        "was": _promised(answer),
        "line": say(f"line.delayed.{answer['delay']['cause']}"),
        "next": _exactly_many("next.delayed"),
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
    next_ = _exactly_many("next", answer)
    # An estimate from before the attempt says nothing about the next one.
    if eta and tried_at and eta["from"] > tried_at and not _is_overdue(eta, now):
        next_ = (say("next.attempt", when=clock.say_promise(*_ends(eta))), *next_)
    return {"h1": say("h1.attempt_failed"), "window": _exactly("line", answer), "line": when, "next": next_}


def _tell_ready(answer: Answer, _: datetime) -> dict[str, Any]:
    place = _last_place(answer)
    h1 = say("h1.available_for_pickup.at", place=place) if place else say("h1.available_for_pickup")
    return {"h1": h1, "window": _exactly("line", answer), "next": _exactly_many("next", answer)}


def _tell_held(answer: Answer, now: datetime) -> dict[str, Any]:
    status = answer["status"]
    h1 = (
        _say_unscanned(answer, now)
        if status == "expired"
        else _say_where(f"h1.{status}", _last_place(answer))
    )
    return {"h1": h1, "window": _exactly("line", answer), "next": _exactly_many("next", answer)}


def _tell_delivered(answer: Answer, now: datetime) -> dict[str, Any]:
    told = {"window": _exactly("line", answer), "next": _exactly_many("next", answer)}
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
    return {"h1": h1, "window": _exactly("line", answer), "next": _exactly_many("next", answer)}


_TELL: dict[str, Callable[[Answer, datetime], dict[str, Any]]] = {
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
    return {"h1": _say_promise(promised["to"], now), "window": _promised(answer)}


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


def _promised(answer: Answer) -> str:
    promised = _window(answer, "promised")
    return clock.say_promise(promised["from"], promised["to"]) if promised else ""


def _last_place(answer: Answer) -> str:
    return next((event["place"] for event in answer["events"] if event["place"]), "")


def _bar(answer: Answer) -> tuple[Bar, ...]:
    """The four steps; none once the parcel no longer travels to its recipient."""
    status = answer["status"]
    if answer["leg"] == "return" or status in {"cancelled", "lost", "returned"}:
        return ()
    reached = BAR_OF.get(status)
    if reached is None:
        reached = next((BAR_OF[e["status"]] for e in answer["events"] if e["status"] in BAR_OF), 0)
    names = [
        status if name == "out_for_delivery" and status == "available_for_pickup" else name for name in BAR
    ]
    marks = ["done"] * reached + ["current"] + ["todo"] * (3 - reached)
    return tuple(Bar(say(f"bar.{name}"), mark) for name, mark in zip(names, marks, strict=True))


def _journey(answer: Answer, now: datetime, tone: str) -> tuple[Step, ...]:
    tones = [look_of(event["status"]).tone for event in answer["events"]]
    quiet = [of_row if of_row in {"warn", "bad"} else "" for of_row in tones]
    return tuple(
        Step(
            text=_say_step(event),
            when=clock.say_moment(_at(event["occurred_at"]), now),
            at=event["occurred_at"],
            tone=tone if index == 0 else quiet[index],
        )
        for index, event in enumerate(answer["events"])
    )


def _say_step(event: Mapping[str, Any]) -> str:
    status, substatus = event["status"], event["substatus"]
    # Who lives near by knows the state a town lies in.
    place = (event["place"] or "").partition(", ")[0]
    exact, plain = f"step.{status}.{substatus}", f"step.{status}"
    codes = (f"{exact}.at", exact, f"{plain}.at", plain) if place else (exact, plain)
    text = say_most_exactly(*codes, place=place)
    return say("step.corrected", text=text) if event["corrected"] else text


def _seen(answer: Answer, now: datetime) -> dict[str, Any]:
    position = answer["position"]
    if position is None or answer["status"] not in MAP_STATUSES:
        return {}
    seen_at = _at(position["occurred_at"])
    is_stale = now - seen_at > STALE_AFTER
    seen = say("seen.stale", age=clock.say_age(seen_at, now)) if is_stale else ""
    return {"has_map": True, "is_stale": is_stale, "seen": seen}


def _exactly(kind: str, answer: Answer) -> str:
    status = answer["status"]
    return say_most_exactly(f"{kind}.{status}.{answer['substatus']}", f"{kind}.{status}")


def _exactly_many(kind: str, answer: Answer | None = None) -> tuple[str, ...]:
    text = _exactly(kind, answer) if answer else say(kind)
    return tuple(text.split("|")) if text else ()


def _window(answer: Answer, name: str) -> dict[str, datetime] | None:
    window = answer[name]
    return window and {end: _at(window[end]) for end in ("from", "at", "to") if end in window}


def _moment(text: str | None) -> datetime | None:
    return _at(text) if text else None


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)
