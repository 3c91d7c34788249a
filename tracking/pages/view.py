"""What the customer page says about a shipment: the public answer, put into words for one moment.

`static/tracking/view.js` is its twin in the browser: the server draws the first page, the browser every
later one, and a test holds both to the same words for every state.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from tracking.looks import look_of
from tracking.pages import clock
from tracking.pages.telling import TELL, Answer, read_moment, say_promised
from tracking.pages.words import say, say_most_exactly

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
        promised=say_promised(answer),
        **_seen(answer, now),
    )
    view = replace(view, **TELL[state](answer, now))
    return replace(view, title=say("title", h1=view.h1))


def state_of(answer: Answer) -> str:
    """Which of the page's states a shipment is in; lateness shows only while it may still arrive."""
    state = STATES.get(answer["status"], "booked")
    return "delayed" if answer["is_delayed"] and state in MAY_BE_DELAYED else state


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
            when=clock.say_moment(read_moment(event["occurred_at"]), now),
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
    seen_at = read_moment(position["occurred_at"])
    is_stale = now - seen_at > STALE_AFTER
    seen = say("seen.stale", age=clock.say_age(seen_at, now)) if is_stale else ""
    return {"has_map": True, "is_stale": is_stale, "seen": seen}
