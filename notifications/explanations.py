"""Explanation of one decision for its recipient: what happened, when, by which rule, and how to stop it."""

from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet

from notifications.consent_models import PreferenceLink
from notifications.consents import read_choices
from notifications.message_times import format_moment
from notifications.models import Delivery
from notifications.ports import NotificationPorts
from notifications.preferences import mask_address, read_hashes
from notifications.reasons import say_to_recipient
from notifications.texts.catalog import render_text
from notifications.transport_names import name_messages, name_transport
from notifications.wording import headline
from tracking.translation import Language

# Messages about one shipment that the preferences list.
MESSAGES_LISTED = 20


class Explanation(NamedTuple):
    """Decision in plain words, in the language of its reader; an empty text is not shown.

    `basis` says who agreed to the message; it is empty if nothing was sent. `transport` is empty for one that
    is no longer wired.
    """

    transport: str
    sent_by: str
    messages: str
    shipment_id: str
    fact: str
    occurred: str
    rule: str
    basis: str
    was_sent: bool
    decided: str
    due: str
    reason: str
    repeats: int


class SentMessage(NamedTuple):
    """Message of a recipient in words: what it said, by which transport and when it was sent."""

    delivery_id: int
    fact: str
    sent_by: str
    sent: str


class UnsentMessage(NamedTuple):
    """Message that a recipient did not get, in words: its fact, its transport, and why, as a sentence."""

    delivery_id: int
    fact: str
    sent_by: str
    reason: str


def find_delivery(link: PreferenceLink, delivery_id: int) -> Delivery | None:
    """Return a decision about the link's own shipment and recipient, None for any other one."""
    delivery = Delivery.objects.filter(pk=delivery_id, shipment_id=link.shipment_id).first()
    is_own = delivery is not None and delivery.address_hash in ("", *read_hashes(link).known)
    return delivery if is_own else None


def list_messages(ports: NotificationPorts, link: PreferenceLink, language: Language) -> list[SentMessage]:
    """List the newest messages about the link's shipment that its recipient got."""
    rows = _list_decisions(link).filter(outcome=Delivery.Outcome.SENT)
    return [
        SentMessage(
            row.pk,
            headline(row.trigger, language),
            _name_transport(ports, row, language),
            _format(row.finished_at or row.claimed_at, language),
        )
        for row in rows[:MESSAGES_LISTED]
    ]


def list_unsent(ports: NotificationPorts, link: PreferenceLink, language: Language) -> list[UnsentMessage]:
    """List the newest messages about the link's shipment that its recipient did not get, each fact once."""
    rows = _list_decisions(link).exclude(outcome=Delivery.Outcome.SENT)[:MESSAGES_LISTED]
    newest = {(row.trigger, row.transport): row for row in reversed(rows)}
    return [
        UnsentMessage(row.pk, headline(row.trigger, language), _name_transport(ports, row, language), reason)
        for row in sorted(newest.values(), key=lambda row: row.pk, reverse=True)
        if (reason := say_to_recipient(row.reason, language))
    ]


def _list_decisions(link: PreferenceLink) -> QuerySet[Delivery]:
    rows = Delivery.objects.filter(
        shipment_id=link.shipment_id, address_hash__in=["", *read_hashes(link).known]
    )
    return rows.order_by("-pk")


def _name_transport(ports: NotificationPorts, row: Delivery, language: Language) -> str:
    transport = ports.transports.get(row.transport)
    return name_transport(row.transport, transport.declaration if transport else None, language)


def explain(
    ports: NotificationPorts, link: PreferenceLink, delivery: Delivery, language: Language
) -> Explanation:
    """Explain a decision by its row and by the choices of the recipient."""
    transport = ports.transports.get(delivery.transport)
    declared = transport.declaration if transport else None
    was_sent = delivery.outcome == Delivery.Outcome.SENT
    name = name_transport(delivery.transport, declared, language)
    address = mask_address(declared, link) if declared else ""
    is_deferred = delivery.outcome == Delivery.Outcome.DEFERRED
    return Explanation(
        transport=delivery.transport if declared else "",
        sent_by=(
            render_text("transport.with_address", language, transport=name, address=address)
            if address
            else name
        ),
        messages=name_messages(delivery.transport, declared, language),
        shipment_id=delivery.shipment_id,
        fact=headline(delivery.trigger, language),
        occurred=_format(delivery.occurred_at, language),
        rule=render_text(f"rule.{delivery.trigger}", language),
        basis=render_text(_find_basis(link, delivery), language) if was_sent else "",
        was_sent=was_sent,
        decided=_format(delivery.finished_at or delivery.claimed_at, language),
        due=_format(delivery.due_at, language) if is_deferred else "",
        reason="" if was_sent else say_to_recipient(delivery.reason, language),
        repeats=delivery.repeats,
    )


def _format(moment: datetime | None, language: Language) -> str:
    return format_moment(moment, language, "full") if moment else ""


def _find_basis(link: PreferenceLink, delivery: Delivery) -> str:
    """Return the code of the text that says who agreed to the message."""
    choices = read_choices(read_hashes(link).holding)
    chosen = (delivery.transport, ""), (delivery.transport, delivery.trigger)
    return "basis.choice" if any(choices.get(key) for key in chosen) else "basis.booking"
