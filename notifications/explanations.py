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

# Decisions about one shipment that the preferences read: several for each message that is listed.
DECISIONS_READ = 100


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


class ListedMessage(NamedTuple):
    """Message of a recipient in words: what it says, its transport, and when it was sent or decided about.

    `reason` is the sentence why it was not sent; it is empty for a message that was.
    """

    delivery_id: int
    fact: str
    sent_by: str
    decided: str
    was_sent: bool
    reason: str


def find_delivery(link: PreferenceLink, delivery_id: int) -> Delivery | None:
    """Return a decision about the link's own shipment and recipient, None for any other one."""
    delivery = Delivery.objects.filter(pk=delivery_id, shipment_id=link.shipment_id).first()
    is_own = delivery is not None and delivery.address_hash in ("", *read_hashes(link).known)
    return delivery if is_own else None


def list_messages(ports: NotificationPorts, link: PreferenceLink, language: Language) -> list[ListedMessage]:
    """List the messages about the link's shipment, sent or not, newest first.

    Of a fact that was not sent by a transport, the newest decision is listed.
    """
    listed: dict[object, ListedMessage] = {}
    for row in sorted(_read_decisions(link), key=lambda row: (_find_moment(row), row.pk), reverse=True):
        was_sent = row.outcome == Delivery.Outcome.SENT
        reason = "" if was_sent else say_to_recipient(row.reason, language)
        if was_sent or reason:
            message = ListedMessage(
                row.pk,
                headline(row.trigger, language),
                _name_transport(ports, row, language),
                _format(_find_moment(row), language),
                was_sent,
                reason,
            )
            listed.setdefault(row.pk if was_sent else (row.trigger, row.transport), message)
    return list(listed.values())


def _read_decisions(link: PreferenceLink) -> QuerySet[Delivery]:
    """Return the newest decisions about the link's shipment and recipient."""
    own = Delivery.objects.filter(
        shipment_id=link.shipment_id, address_hash__in=["", *read_hashes(link).known]
    )
    return own.order_by("-pk")[:DECISIONS_READ]


def _find_moment(row: Delivery) -> datetime:
    return row.finished_at or row.claimed_at


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
        decided=_format(_find_moment(delivery), language),
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
