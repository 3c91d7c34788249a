"""Texts of messages in the recipient's language: the fact, its time with the weekday, then the link."""

from datetime import datetime
from typing import NamedTuple

from notifications.domain import PlannedNotification, TransportDeclaration, Trigger
from notifications.message_times import Length, format_moment, format_window
from notifications.texts.catalog import render_text
from notifications.texts.messages import AHEAD, HEADLINES, PAST, SHORT
from tracking.domain.events import Change
from tracking.domain.shown_window import ShownWindow, say_at, say_rest_of_day
from tracking.eta.shown_arrival import find_shown
from tracking.translation import Language, translate, translate_status

# Longest public URL of the site with which every message stays within the limit of its transport.
MAX_PUBLIC_URL = 32
# Characters of the code in a message.
CODE_LENGTH = 8


class RenderedMessage(NamedTuple):
    """Texts of one message; `subject` is empty for a transport without subjects."""

    subject: str
    body: str


def render_message(
    planned: PlannedNotification, link: str, language: Language, code: str, now: datetime
) -> RenderedMessage:
    """Return the message in the template of its transport, with `link` to the shipment's page.

    `code` is the short code by which the recipient checks that the message is ours. The begin of a window is
    left out if it is past at `now`, the time of sending.
    """
    values = {
        "fact": render_fact(planned.trigger, planned.change, language, "full", now),
        "short_fact": render_fact(planned.trigger, planned.change, language, "short", now),
        "headline": headline(planned.trigger, language),
        "link": link,
        "code": code,
        "shipment_id": planned.change.shipment_id,
    }
    parts = {
        name.rpartition(".")[2]: translate(name, text, language)
        for name, text in list_template_texts(planned.transport).items()
    }
    return RenderedMessage(parts["subject"].format(**values), parts["body"].format(**values))


def list_template_texts(declaration: TransportDeclaration) -> dict[str, str]:
    """Return subject and body of a transport's template in English, by code."""
    template = declaration.template
    code = f"message.template.{declaration.name}"
    return {f"{code}.subject": template.subject, f"{code}.body": template.body}


def headline(trigger: str, language: Language = "en") -> str:
    """Return the name of a trigger, two or three words; that of a status is the same as on the page."""
    if trigger in HEADLINES:
        return render_text(f"message.headline.{trigger}", language)
    return translate_status(trigger, language=language)


def render_fact(trigger: Trigger, change: Change, language: Language, length: Length, now: datetime) -> str:
    """Return the sentences that say what happened and when; without a short text, the full one.

    `now` is the time of sending, as in `render_message()`.
    """
    if trigger not in SHORT:
        length = "full"
    code = f"message.{trigger}" if length == "full" else f"message.short.{trigger}"
    shown = find_window(trigger, change)
    if shown is not None:
        window = format_window(shown, now, language, length)
        return render_text(f"{code}.expected", language, window=window)
    return render_text(code, language, at=format_moment(change.occurred_at, language, length))


def name_text(trigger: Trigger, change: Change) -> str:
    """Return the name of the sentence: `<trigger>`, or `<trigger>.expected` for the second text of a trigger.

    Where a trigger has two texts, the second states the expected window, and the first the time of the fact.
    """
    return f"{trigger}.expected" if trigger in PAST and find_window(trigger, change) else trigger.value


def list_texts() -> list[str]:
    """Return the names of all sentences."""
    return [*Trigger, *(f"{trigger}.expected" for trigger in AHEAD if trigger in PAST)]


def find_window(trigger: Trigger, change: Change) -> ShownWindow | None:
    """Return the window that the page shows too; a delay always has one, even without a prediction."""
    if trigger not in AHEAD:
        return None
    if change.after.eta is not None:
        return say_at(find_shown(change.after.eta), change.occurred_at)
    return None if trigger in PAST else say_rest_of_day(change.occurred_at)
