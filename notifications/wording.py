"""Texts of messages, in English: the fact, its time with the weekday, the link, in this order."""

from datetime import datetime
from typing import NamedTuple

from notifications.domain import PlannedNotification, TransportDeclaration, Trigger
from tracking.domain.events import Change
from tracking.domain.indian_time import INDIA
from tracking.domain.shown_window import ShownWindow, say_at, say_rest_of_day
from tracking.eta.shown_arrival import find_shown
from tracking.translation import Language, translate, translate_status

LANGUAGE: Language = "en"
# Longest public URL of the site with which every message stays within the limit of its transport.
MAX_PUBLIC_URL = 40

# Texts of a fact with the time it happened.
PAST: dict[Trigger, str] = {
    Trigger.CREATED: "Your parcel was booked on {at}.",
    Trigger.PICKED_UP: "Your parcel was picked up on {at}.",
    Trigger.OUT_FOR_DELIVERY: "Your parcel went out for delivery on {at}.",
    Trigger.ARRIVING: "Your parcel was close by on {at}.",
    Trigger.ATTEMPT_FAILED: "We could not deliver your parcel on {at}.",
    Trigger.AVAILABLE_FOR_PICKUP: "Your parcel is ready for pickup since {at}.",
    Trigger.PICKUP_REMINDER: "Your parcel is still waiting for pickup. It has been ready since {at}.",
    Trigger.DELIVERED: "Your parcel was delivered on {at}.",
    Trigger.ON_HOLD: "Your parcel is on hold since {at} and needs your help.",
    Trigger.EXCEPTION: "Your parcel is held up since {at} and needs your help.",
    Trigger.RETURNING: "Your parcel is going back to the sender since {at}.",
    Trigger.RETURNED: "Your parcel was returned to the sender on {at}.",
}
# Texts of a fact with the expected window, used instead if there is one. A delay always has one.
AHEAD: dict[Trigger, str] = {
    Trigger.PICKED_UP: "Your parcel was picked up. Expected {window}.",
    Trigger.OUT_FOR_DELIVERY: "Your parcel is out for delivery. Expected {window}.",
    Trigger.ARRIVING: "Your parcel is close by. Expected {window}.",
    Trigger.DELAYED: "Your parcel is delayed. Now expected {window}.",
}
# Texts of the expected window: clock times of one day, one that has begun, or the last of several days.
WINDOW: dict[str, str] = {
    "window.span": "{start} to {end}",
    "window.begun": "{day}, by {end}",
    "window.by": "by {day}",
}
# Names of triggers that are no status, in two or three words.
HEADLINES: dict[str, str] = {
    Trigger.ARRIVING: "Almost there",
    Trigger.PICKUP_REMINDER: "Waiting for pickup",
}
# English texts by code; the catalogs of this package translate these.
TEXTS: dict[str, str] = {
    **{f"message.{trigger}": text for trigger, text in PAST.items()},
    **{f"message.{trigger}.expected": text for trigger, text in AHEAD.items()},
    **{f"message.{code}": text for code, text in WINDOW.items()},
    **{f"message.headline.{trigger}": text for trigger, text in HEADLINES.items()},
}


class RenderedMessage(NamedTuple):
    """Texts of one message; `subject` is empty for a transport without subjects."""

    subject: str
    body: str


def render_message(planned: PlannedNotification, link: str) -> RenderedMessage:
    """Return the message in the template of its transport, with `link` to the shipment's page."""
    values = {
        "fact": _render_fact(planned.trigger, planned.change),
        "headline": headline(planned.trigger),
        "link": link,
        "shipment_id": planned.change.shipment_id,
    }
    parts = {
        code.rpartition(".")[2]: translate(code, text, LANGUAGE)
        for code, text in list_template_texts(planned.transport).items()
    }
    return RenderedMessage(parts["subject"].format(**values), parts["body"].format(**values))


def list_template_texts(declaration: TransportDeclaration) -> dict[str, str]:
    """Return subject and body of a transport's template in English, by code."""
    template = declaration.template
    code = f"message.template.{declaration.name}"
    return {f"{code}.subject": template.subject, f"{code}.body": template.body}


def headline(trigger: str) -> str:
    """Return the name of a trigger, two or three words, the same as on the shipment's page."""
    if trigger in HEADLINES:
        return _translate(f"message.headline.{trigger}")
    return translate_status(trigger, language=LANGUAGE)


def _render_fact(trigger: Trigger, change: Change) -> str:
    shown = _find_window(trigger, change)
    if shown is not None:
        window = _format_window(shown, change.occurred_at)
        return _translate(f"message.{trigger}.expected").format(window=window)
    return _translate(f"message.{trigger}").format(at=_format_moment(change.occurred_at))


def _find_window(trigger: Trigger, change: Change) -> ShownWindow | None:
    """Return the window that the page shows too; a delay always has one, even without a prediction."""
    if trigger not in AHEAD:
        return None
    if change.after.eta is not None:
        return say_at(find_shown(change.after.eta), change.occurred_at)
    return say_rest_of_day(change.occurred_at) if trigger is Trigger.DELAYED else None


def _translate(code: str) -> str:
    return translate(code, TEXTS[code], LANGUAGE)


def _format_window(shown: ShownWindow, now: datetime) -> str:
    day, end = _format_day(shown.to), _format_clock(shown.to.astimezone(INDIA))
    if shown.text_code == "by_day":
        return _translate("message.window.by").format(day=day)
    if shown.from_ <= now:
        return _translate("message.window.begun").format(day=day, end=end)
    return _translate("message.window.span").format(start=_format_moment(shown.from_), end=end)


def _format_moment(moment: datetime) -> str:
    return f"{_format_day(moment)}, {_format_clock(moment.astimezone(INDIA))}"


def _format_day(moment: datetime) -> str:
    local = moment.astimezone(INDIA)
    return f"{local:%a} {local.day} {local:%b}"


def _format_clock(moment: datetime) -> str:
    local = moment.astimezone(INDIA)
    minutes = f":{local.minute:02d}" if local.minute else ""
    return f"{local.hour % 12 or 12}{minutes} {'am' if local.hour < 12 else 'pm'}"
