"""Texts of the customer page of a shipment, made from the public answer at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tracking.eta.recipient_view import VanNearby
from tracking.pages import indian_time
from tracking.pages.card import DESCRIBE, Answer, Card, show_van
from tracking.pages.late_reason import say_lateness
from tracking.pages.texts import render_first, render_text
from tracking.pages.windows import (
    format_promised,
    is_promise_rounded_away,
    read_moment,
    read_shown_or_promised,
)
from tracking.status_style import StatusStyle, style_of

STALE_AFTER = timedelta(minutes=10)
# Statuses with a map: on the way, and never one in which a position would show a home.
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
# Statuses whose steps say why or how, also after the parcel has gone on.
WITH_REASON = ("attempt_failed", "on_hold", "exception", "delivered", "cancelled")
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
    """Row of the journey; `tone` colours its dot, empty for the default colour. `reason` may be empty.

    `dated` is its time with the date, for paper.
    """

    text: str
    reason: str
    when: str
    dated: str
    at: str
    tone: str


@dataclass(frozen=True)
class BarStep:
    """Step of the progress bar: `mark` is done, current or todo."""

    label: str
    mark: str


@dataclass(frozen=True)
class View:
    """All texts of the page that may change; an empty text hides its element."""

    state: str
    style: StatusStyle
    pill: str
    title: str
    card: Card
    # Heading and window with dates, for paper.
    dated: Card
    bar: tuple[BarStep, ...]
    journey: tuple[Step, ...]
    promised: str
    has_map: bool
    # Age of the position as text, if it is stale.
    seen: str


def describe(answer: Answer, now: datetime, near: VanNearby | None = None, driver: str = "") -> View:
    """Build the page's texts for a public answer at the moment `now` (aware).

    `near` and the first name of the `driver` are for the recipient of a parcel on a van nearby.
    """
    state = state_of(answer, now)
    status = "delayed" if state == "delayed" else answer["status"]
    style, card = style_of(status), _describe_card(answer, now, near, driver)
    with indian_time.dates_in_full():
        dated = _describe_card(answer, now, near, driver)
    has_map = answer["position"] is not None and answer["status"] in MAP_STATUSES
    return View(
        state=state,
        style=style,
        pill=render_text(f"pill.{status}"),
        title=render_text("title", h1=card.h1),
        card=card,
        dated=dated,
        bar=_describe_bar(answer),
        journey=_describe_journey(answer, now, style.tone),
        promised=""
        if state != "delayed" and is_promise_rounded_away(answer, now)
        else format_promised(answer),
        has_map=has_map,
        seen=_describe_age(answer["position"], now) if has_map else "",
    )


def _describe_card(answer: Answer, now: datetime, near: VanNearby | None, driver: str) -> Card:
    state = state_of(answer, now)
    card = DESCRIBE[state](answer, now)
    late = say_lateness(answer) if answer["is_delayed"] and state in ("delayed", *MAY_BE_DELAYED) else ""
    if late and state != "delayed":
        # Late, and no new time is known: the reason stands beside the status, not the word "delayed".
        card = card._replace(line=late, next=(render_text("line.late.unknown"),))
    return card if near is None else show_van(card, near, driver, late)


def state_of(answer: Answer, now: datetime) -> str:
    """Return the page state of a shipment; `delayed` only if it may still arrive and a new time is known."""
    state = STATES.get(answer["status"], "booked")
    is_late = answer["is_delayed"] and state in MAY_BE_DELAYED
    return "delayed" if is_late and read_shown_or_promised(answer, now) else state


def _describe_bar(answer: Answer) -> tuple[BarStep, ...]:
    """Build the four steps; none once the parcel no longer travels to its recipient."""
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
    return tuple(BarStep(render_text(f"bar.{name}"), mark) for name, mark in zip(names, marks, strict=True))


def _describe_journey(answer: Answer, now: datetime, tone: str) -> tuple[Step, ...]:
    tones = [style_of(event["status"]).tone for event in answer["events"]]
    quiet = [of_row if of_row in {"warn", "bad"} else "" for of_row in tones]
    return tuple(
        Step(
            text=_describe_step(event),
            reason="" if index == 0 and answer.get("under_review") else _render_reason(event),
            when=indian_time.format_moment(read_moment(event["occurred_at"]), now),
            dated=indian_time.format_date_and_clock(read_moment(event["occurred_at"])),
            at=event["occurred_at"],
            tone=tone if index == 0 else quiet[index],
        )
        for index, event in enumerate(answer["events"])
    )


def _describe_step(event: Mapping[str, Any]) -> str:
    status, substatus = event["status"], event["substatus"]
    # "Patna, Bihar" is shortened to the town: readers know the state of a town near them.
    place = (event["place"] or "").partition(", ")[0]
    exact, plain = f"step.{status}.{substatus}", f"step.{status}"
    codes = (f"{exact}.at", exact, f"{plain}.at", plain) if place else (exact, plain)
    text = render_first(*codes, place=place)
    return render_text("step.corrected", text=text) if event["corrected"] else text


def _render_reason(event: Mapping[str, Any]) -> str:
    """Return why a delivery failed, a parcel waits, or how it was handed over; empty for other steps."""
    if event["status"] not in WITH_REASON or not event["substatus"]:
        return ""
    return render_first(f"line.{event['status']}.{event['substatus']}")


def _describe_age(position: Mapping[str, Any], now: datetime) -> str:
    """Format as `Last seen 14 min ago` for a stale position, else empty."""
    seen_at = read_moment(position["occurred_at"])
    is_stale = now - seen_at > STALE_AFTER
    return render_text("seen.stale", age=indian_time.format_age(seen_at, now)) if is_stale else ""
