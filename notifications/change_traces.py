"""Trace of one change: the rules that take it, the decision of each transport, and its webhooks."""

from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import QuerySet

from notifications.consent_models import ConsentEntry
from notifications.decisions import RULES
from notifications.domain import TransportDeclaration, Trigger, read_trigger
from notifications.models import Delivery, MessageCode, OutboxMessage
from notifications.ports import NotificationPorts
from notifications.reasons import say_to_staff
from notifications.services import REMINDER_SUFFIX, find_booking
from notifications.webhooks.models import WebhookAttempt, WebhookDelivery
from notifications.webhooks.rules.payloads import name_message
from notifications.webhooks.staff_webhooks import visible_deliveries
from notifications.wording import headline
from tracking.domain.bus_rules import BusRule, find_takers
from tracking.domain.changes import split_change
from tracking.domain.compatibility import complete_change
from tracking.domain.events import Change, TrackingEvent
from tracking.models import FeedEntry, Shipment
from tracking.ports import ShipmentStore
from tracking.services.operations.staff_recipients import read_masked_contact
from tracking.services.requests.roles import Scope

# Ways of a refusal that the provider of a transport reports.
PROVIDER_WAYS = {
    ConsentEntry.Way.BOUNCE: "bounced for good",
    ConsentEntry.Way.COMPLAINT: "reported as unwanted",
    ConsentEntry.Way.PROVIDER: "on the list of the provider",
}


class Receipt(NamedTuple):
    """First feedback of the provider about the address after the message was claimed."""

    text: str
    at: datetime


class TransportStep(NamedTuple):
    """Decision about the change by one transport; `delivery` is None if none was made.

    `rule` is what the transport sends, in words. `to` is the masked recipient. `after` is the time from
    recording to the decision. `is_counted` holds for a transport that counts characters.
    """

    label: str
    headline: str
    rule: str
    delivery: Delivery | None = None
    reason: str = ""
    to: str = ""
    code: MessageCode | None = None
    after: timedelta | None = None
    receipt: Receipt | None = None
    messages: tuple[OutboxMessage, ...] = ()
    is_counted: bool = False


class WebhookStep(NamedTuple):
    """Webhook of the change for one endpoint, with its attempts."""

    delivery: WebhookDelivery
    attempts: list[WebhookAttempt]


class Trace(NamedTuple):
    """All that is known of a change; `change` and `event` are None once its event has expired.

    `entry` is its entry in the partner's feed, `headline` the news for the recipient, empty if it is none.
    """

    change_id: str
    shipment_id: str
    change: Change | None
    event: TrackingEvent | None
    entry: FeedEntry | None
    is_booked: bool
    headline: str
    rules: tuple[BusRule, ...]
    transports: list[TransportStep]
    webhooks: list[WebhookStep]


def find_shipment(change_id: str) -> str | None:
    """Return the shipment of a change in a feed or with a decision; None for any other change."""
    entry = FeedEntry.objects.filter(change_id=change_id).first()
    found = entry or _list_decisions(change_id).first()
    return found.shipment_id if found else None


def read_trace(
    ports: NotificationPorts, store: ShipmentStore, change_id: str, shipment_id: str, scope: Scope
) -> Trace:
    """Read the trace of a change of this shipment. Raises `TransientError`."""
    event, change = _find_change(store, change_id, shipment_id)
    booking = find_booking(shipment_id)
    trigger = read_trigger(change) if change else None
    return Trace(
        change_id=change_id,
        shipment_id=shipment_id,
        change=change,
        event=event,
        entry=FeedEntry.objects.filter(change_id=change_id).first(),
        is_booked=booking is not None,
        headline=headline(trigger) if trigger else "",
        rules=find_takers(change) if change else (),
        transports=_list_steps(ports, change_id, change, trigger, booking),
        webhooks=_list_webhooks(change_id, booking, scope),
    )


def add_messages(trace: Trace) -> Trace:
    """Return the trace with the messages as they were sent, from the outbox."""
    ids = (trace.change_id, trace.change_id + REMINDER_SUFFIX)
    rows = OutboxMessage.objects.filter(shipment_id=trace.shipment_id, change_id__in=ids).order_by("id")
    stored = list(rows)
    steps = [
        step._replace(messages=tuple(row for row in stored if _is_about(row, step.delivery)))
        for step in trace.transports
    ]
    return trace._replace(transports=steps)


def _is_about(message: OutboxMessage, delivery: Delivery | None) -> bool:
    return delivery is not None and (message.change_id, message.recipient_id, message.transport) == (
        delivery.change_id,
        delivery.recipient_id,
        delivery.transport,
    )


def _find_change(
    store: ShipmentStore, change_id: str, shipment_id: str
) -> tuple[TrackingEvent | None, Change | None]:
    for event in store.read_timeline(shipment_id):
        for change in split_change(event.change) if event.change else ():
            if change.change_id == change_id:
                return event, complete_change(change)
    return None, None


def _list_decisions(change_id: str) -> QuerySet[Delivery]:
    ids = (change_id, change_id + REMINDER_SUFFIX)
    return Delivery.objects.filter(change_id__in=ids).select_related("message_code").order_by("id")


def _list_steps(
    ports: NotificationPorts,
    change_id: str,
    change: Change | None,
    trigger: Trigger | None,
    booking: Shipment | None,
) -> list[TransportStep]:
    """List the decisions in the order of the transports, then the transports without one."""
    declared = {name: transport.declaration for name, transport in ports.transports.items()}
    decisions = list(_list_decisions(change_id))
    contact = read_masked_contact(booking) if booking else None
    steps = []
    for delivery in decisions:
        known = declared.get(delivery.transport)
        to = str(getattr(contact, known.address.field, "")) if known else ""
        steps.append(_describe(delivery, known, to, change))
    decided = {delivery.transport for delivery in decisions}
    if trigger is None or booking is None:
        return steps
    left = [each for name, each in declared.items() if name not in decided]
    return steps + [TransportStep(each.label, headline(trigger), say_rule(each, trigger)) for each in left]


def _describe(
    delivery: Delivery, declared: TransportDeclaration | None, to: str, change: Change | None
) -> TransportStep:
    code = getattr(delivery, "message_code", None)
    return TransportStep(
        label=declared.label if declared else delivery.transport,
        headline=headline(delivery.trigger),
        rule=say_rule(declared, Trigger(delivery.trigger)) if declared else "",
        delivery=delivery,
        reason=say_to_staff(delivery.reason) if delivery.reason else "",
        to=code.masked_address if code else to,
        code=code,
        after=delivery.claimed_at - change.recorded_at if change else None,
        receipt=_find_receipt(delivery),
        is_counted=declared is not None and declared.limit is not None,
    )


def say_rule(declared: TransportDeclaration, trigger: Trigger) -> str:
    """Return the rule by which a transport sends a trigger, in words for staff."""
    if not declared.offers(trigger):
        return "not sent by this transport"
    hours, minutes = divmod(int(RULES.late_limits[trigger].total_seconds()) // 60, 60)
    is_quiet = declared.is_loud and trigger not in RULES.urgent
    parts = [
        "to those who agreed" if trigger in declared.triggers else "if the recipient chooses it",
        f"at most {f'{hours} h' if hours else f'{minutes} min'} old",
        "outside of quiet hours" if is_quiet else "at any hour",
    ]
    if declared.shipment_limit is not None:
        parts.append(f"{declared.shipment_limit} a day about a shipment")
    return ", ".join(parts)


def _find_receipt(delivery: Delivery) -> Receipt | None:
    """Return the first refusal that the provider reported about the address after the claim."""
    if not delivery.address_hash or delivery.outcome == Delivery.Outcome.SUPPRESSED:
        return None
    reported = ConsentEntry.objects.filter(
        address_hash=delivery.address_hash,
        transport=delivery.transport,
        way__in=PROVIDER_WAYS,
        is_allowed=False,
        at__gte=delivery.claimed_at,
    )
    entry = reported.order_by("at").first()
    return Receipt(PROVIDER_WAYS[ConsentEntry.Way(entry.way)], entry.at) if entry else None


def _list_webhooks(change_id: str, booking: Shipment | None, scope: Scope) -> list[WebhookStep]:
    if booking is None:
        return []
    rows = visible_deliveries(scope).filter(
        endpoint__partner=booking.partner, message_id=name_message(change_id)
    )
    return [WebhookStep(row, list(row.made.order_by("number"))) for row in rows]
