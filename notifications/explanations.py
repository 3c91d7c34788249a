"""Explanation of one decision for its recipient: what happened, when, by which rule, and how to stop it."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from django.db.models import QuerySet

from notifications.consent_models import PreferenceLink
from notifications.consents import read_choices
from notifications.domain import Trigger
from notifications.message_times import format_moment
from notifications.models import Delivery
from notifications.overtaken import Fact, list_overtaken
from notifications.ports import NotificationPorts
from notifications.ports import ports as read_ports
from notifications.preferences import mask_address, read_hashes
from notifications.reasons import say_to_recipient
from notifications.texts.catalog import render_text
from notifications.transport_names import name_messages, name_transport
from notifications.wording import headline
from tracking.domain.shipment import JourneyStep
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

    `reason` is the sentence why it was not sent; it is empty for a message that was. Where nothing was
    decided, `delivery_id` is None and `sent_by` is empty.
    """

    delivery_id: int | None
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


def list_messages(
    ports: NotificationPorts,
    link: PreferenceLink,
    language: Language,
    journey: Sequence[JourneyStep],
    now: datetime,
) -> list[ListedMessage]:
    """List the messages about the link's shipment, sent or not, newest first.

    Of a fact that was not sent by a transport, the newest decision is listed. A fact of the `journey` about
    which nothing was decided was overtaken: it is listed once.
    """
    listed: dict[object, tuple[datetime, ListedMessage]] = {}
    for row in sorted(_read_decisions(link), key=lambda row: (_find_moment(row), row.pk), reverse=True):
        message = _describe(ports, row, language)
        if message.was_sent or message.reason:
            key = row.pk if message.was_sent else (row.trigger, row.transport, row.occurred_at)
            listed.setdefault(key, (_find_moment(row), message))
    declared = [transport.declaration for transport in ports.transports.values()]
    offered = {trigger for trigger in Trigger if any(one.offers(trigger) for one in declared)}
    for fact in list_overtaken(link.shipment_id, journey, offered, now):
        listed[fact] = fact.at, _describe_overtaken(fact, language)
    return [message for _, message in sorted(listed.values(), key=lambda each: each[0], reverse=True)]


def _describe(ports: NotificationPorts, row: Delivery, language: Language) -> ListedMessage:
    was_sent = row.outcome == Delivery.Outcome.SENT
    return ListedMessage(
        row.pk,
        headline(row.trigger, language),
        _name_transport(ports, row, language),
        _format(_find_moment(row), language),
        was_sent,
        "" if was_sent else say_to_recipient(row.reason, language),
    )


def _describe_overtaken(fact: Fact, language: Language) -> ListedMessage:
    reason = say_to_recipient("superseded", language)
    return ListedMessage(
        None, headline(fact.trigger, language), "", _format(fact.at, language), was_sent=False, reason=reason
    )


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


def list_message_names(language: Language) -> list[str]:
    """List the names of the messages of all wired transports, such as `e-mails`, for the customer's page."""
    declared = [transport.declaration for transport in read_ports().transports.values()]
    return [name_messages(one.name, one, language) for one in declared]
