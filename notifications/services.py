"""Notification of recipients: decide, claim, send, mark; safe to repeat and to run concurrently."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

import msgspec
import structlog
from django.utils import timezone

from notifications import claims
from notifications.address_hashes import AddressHashes, hash_recipient
from notifications.budgets import read_cost
from notifications.circumstances import (
    Person,
    find_address_hash,
    read_circumstances,
    read_person,
    read_released,
)
from notifications.claims import Outcome
from notifications.consents import Statement, Way, record_booking, record_statements
from notifications.decisions import REMINDER_AFTER, RULES, Action, decide
from notifications.domain import (
    PlannedNotification,
    Recipient,
    TransportDeclaration,
    Trigger,
    read_trigger,
)
from notifications.emails import complete_email
from notifications.message_codes import keep_segments, open_code
from notifications.models import Delivery
from notifications.ports import Message, NotificationPorts, Transport
from notifications.preference_links import open_link, preferences_link, stop_link, why_link
from notifications.wording import name_text, render_fact, render_message
from tracking.domain.errors import PermanentError, TransientError
from tracking.domain.events import Change
from tracking.domain.identity import short_hash
from tracking.domain.shipment import ShipmentState
from tracking.metrics import DELIVER_FAILED, emit
from tracking.models import Shipment
from tracking.receipts import RECEIPTS
from tracking.services.partners.recipients import Contact, read_contact
from tracking.services.requests import addresses
from tracking.tokens import customer_link
from tracking.translation import find_language

log = structlog.get_logger()

ReadState = Callable[[str], ShipmentState | None]
# Distinguishes the reminder from the message about the change itself; both must fit the column.
REMINDER_SUFFIX = "~reminder"
# Reason code of a transport whose provider keeps a list of addresses that have opted out.
OPTED_OUT = "opted_out"


class Notified(NamedTuple):
    """Booking, its recipient, and the person behind the recipient's addresses."""

    booking: Shipment
    recipient: Recipient
    person: Person

    @property
    def partner_id(self) -> str:
        """Id of the partner that booked; empty for none."""
        return self.booking.partner.partner_id if self.booking.partner else ""

    @property
    def link(self) -> str:
        """URL of the shipment's page for its customer."""
        return customer_link(self.booking.shipment_id, self.booking.token_n)


def notify(ports: NotificationPorts, change: Change) -> None:
    """Notify the shipment's recipient of the change, by every transport that offers its trigger.

    The bus delivers each change separately, so changes in its `also` are not processed here. Repeating a
    call sends nothing twice. Raises `TransientError` if something is left to send, because a provider cannot
    be reached or another process is sending it: the change must then be delivered again. Any other error of a
    transport is raised after the others have sent.
    """
    trigger = read_trigger(change)
    if trigger is None:
        return
    booking = find_booking(change.shipment_id)
    if booking is None:
        if change.partner_id is not None:
            # The stream can be faster than the transaction that stores the booking.
            raise TransientError(f"{change.shipment_id} is booked, but its booking cannot be read yet")
        return
    failures: list[Exception] = []
    notified = read_notified(ports, booking)
    for transport in ports.transports.values():
        try:
            _notify_by(transport, change, trigger, notified)
        except Exception as error:  # noqa: BLE001 - a fault of one transport must not stop the others
            failures.append(error)
    if failures:
        raise failures[0]


def release_due(ports: NotificationPorts, read_state: ReadState, now: datetime) -> int:
    """Decide again about the deferred notifications that are due, and send those that are still true.

    Returns their number. Safe to repeat and to run in several processes: each row is claimed by one of them,
    and a row that a crash leaves claimed is released again a minute later.
    """
    released = 0
    for delivery in claims.take_due(now):
        released += 1
        try:
            _release(ports, delivery, read_state, now)
        except TransientError:
            # The row stays, and the next sweep takes it.
            claims.release(delivery)
        except Exception as error:  # noqa: BLE001 - a row that cannot be read must not stop the others
            claims.give_up(delivery, now)
            # The text of a foreign error may quote an address.
            kind = type(error).__name__
            log.warning("deliver", outcome="not released", delivery_id=delivery.pk, error=kind)
    return released


def find_booking(shipment_id: str) -> Shipment | None:
    """Find the booking with its partner; None for a shipment that was scanned but never booked."""
    booked = Shipment.objects.select_related("partner").filter(partner__isnull=False)
    return booked.filter(shipment_id=shipment_id).first()


def read_notified(ports: NotificationPorts, booking: Shipment, *, stores: bool = True) -> Notified:
    """Read the recipient of a booking with all choices of the person behind the addresses.

    The recipient's id is a hash of the shipment's id, so that it reveals nothing. Unless `stores` is False,
    the link to the preferences and the ledger of the booking's consents are stored.
    """
    contact = read_contact(booking)
    hashes = hash_recipient(booking.shipment_id, contact)
    person = read_person(hashes, contact.phone)
    if stores:
        _record_booking(ports, booking, hashes)
    declared = [transport.declaration for transport in ports.transports.values()]
    recipient = Recipient(
        recipient_id="rcp_" + short_hash(booking.shipment_id),
        addresses={each.name: _find_address(each, contact, booking.shipment_id) for each in declared},
        consents=frozenset(name for name, given in booking.consents.items() if given),
        livemode=booking.livemode,
        link_token=open_link(booking.shipment_id, hashes) if stores else "",
        language=person.language or booking.language,
    )
    return Notified(booking, recipient, person)


def _find_address(declared: TransportDeclaration, contact: Contact, shipment_id: str) -> str:
    if declared.find_address is not None:
        return declared.find_address(shipment_id)
    return str(getattr(contact, declared.address.field))


def _record_booking(ports: NotificationPorts, booking: Shipment, hashes: AddressHashes) -> None:
    by_field = hashes._asdict()
    stated = {
        name: (by_field.get(transport.declaration.address.field, ""), bool(booking.consents.get(name)))
        for name, transport in ports.transports.items()
    }
    record_booking(stated, booking.shipment_id, booking.created_at, timezone.now())


def make_message(planned: PlannedNotification, booking: Shipment, delivery: Delivery) -> Message:
    """Render the message of a planned notification, with links to its reason and to the preferences."""
    token, address = planned.recipient.link_token, planned.recipient.addresses[planned.transport.name]
    language = find_language(planned.recipient.language)
    code = open_code(delivery, language, planned.transport.address.mask(address))
    link = customer_link(booking.shipment_id, booking.token_n)
    now = timezone.now()
    rendered = render_message(planned, link, language, code, now)
    limit = planned.transport.limit
    keep_segments(delivery, limit.measure(rendered.body).segments if limit else 1)
    message = Message(
        change_id=planned.change.change_id,
        shipment_id=planned.change.shipment_id,
        partner_id=booking.partner.partner_id if booking.partner else "",
        trigger=planned.trigger.value,
        status=str(planned.change.after.status),
        livemode=planned.change.livemode,
        recipient_id=planned.recipient.recipient_id,
        address=address,
        subject=rendered.subject,
        body=rendered.body,
        language=language,
        text=name_text(planned.trigger, planned.change),
        code=code,
        preferences_link=preferences_link(token),
        stop_link=stop_link(token, transport=planned.transport.name),
        why_link=why_link(token, delivery_id=delivery.pk),
    )
    if planned.transport.address is not addresses.EMAIL:
        return message
    return complete_email(message, render_fact(planned.trigger, planned.change, language, "full", now), link)


def _notify_by(transport: Transport, change: Change, trigger: Trigger, notified: Notified) -> None:
    declared = transport.declaration
    if declared.offers(trigger):
        planned = PlannedNotification(change, trigger, notified.recipient, declared)
        _notify_once(transport, planned, notified)
    if trigger is Trigger.AVAILABLE_FOR_PICKUP and declared.offers(Trigger.PICKUP_REMINDER):
        _plan_reminder(declared, change, notified)


def _plan_reminder(declared: TransportDeclaration, change: Change, notified: Notified) -> None:
    """Keep the reminder of a parcel that waits for pickup, under an id of its own, for a day."""
    later = msgspec.structs.replace(change, change_id=f"{change.change_id}{REMINDER_SUFFIX}", also=())
    planned = PlannedNotification(later, Trigger.PICKUP_REMINDER, notified.recipient, declared)
    until = change.occurred_at + REMINDER_AFTER
    claims.defer(planned, until, "reminder", find_address_hash(planned, notified.person))


def _notify_once(transport: Transport, planned: PlannedNotification, notified: Notified) -> None:
    now, address_hash = timezone.now(), find_address_hash(planned, notified.person)
    cost = read_cost(planned, notified.link, now)
    decision = decide(planned, read_circumstances(transport, planned, notified.person, now, RULES, cost), now)
    if decision.reason == "duplicate":
        claims.count_repeat(planned)
        _log(planned, Outcome.SUPPRESSED, decision.reason)
    elif decision.action is Action.SUPPRESS:
        claims.suppress(planned, decision.reason, address_hash)
        _log(planned, Outcome.SUPPRESSED, decision.reason)
    elif decision.until is not None:
        claims.defer(planned, decision.until, decision.reason, address_hash)
        _log(planned, Outcome.DEFERRED, decision.reason)
    elif (delivery := claims.claim(planned, notified.partner_id, address_hash, cost.segments)) is not None:
        _send(transport, planned, delivery, make_message(planned, notified.booking, delivery))


def _release(ports: NotificationPorts, delivery: Delivery, read_state: ReadState, now: datetime) -> None:
    change = claims.read_change(delivery)
    booking, transport = find_booking(change.shipment_id), ports.transports.get(delivery.transport)
    if booking is None or transport is None:
        claims.settle(delivery, "transport_disabled" if transport is None else "no_consent")
        return
    notified = read_notified(ports, booking)
    planned = PlannedNotification(
        change, Trigger(delivery.trigger), notified.recipient, transport.declaration
    )
    cost = read_cost(planned, notified.link, now)
    seen = read_circumstances(transport, planned, notified.person, now, RULES, cost)
    due_at, state = delivery.due_at or now, read_state(change.shipment_id)
    claims.keep_address(delivery, find_address_hash(planned, notified.person))
    decision = decide(planned, read_released(seen, planned, due_at, state), now)
    if decision.action is Action.SUPPRESS:
        claims.settle(delivery, decision.reason)
        _log(planned, Outcome.SUPPRESSED, decision.reason)
    elif decision.until is not None:
        claims.postpone(delivery, decision.until, decision.reason)
    elif claims.claim_released(delivery, planned, notified.partner_id, cost.segments):
        _send(transport, planned, delivery, make_message(planned, booking, delivery))


def _send(transport: Transport, planned: PlannedNotification, delivery: Delivery, message: Message) -> None:
    try:
        provider_id = transport.send(message)
    except PermanentError as error:
        claims.mark_failed(delivery, str(error))
        if str(error) == OPTED_OUT:
            _record_opt_out(planned, delivery)
        _report_failure(planned, Outcome.FAILED, str(error))
    except TransientError:
        claims.release(delivery)
        _report_failure(planned, Outcome.CLAIMED, claims.UNREACHABLE)
        raise
    else:
        claims.mark_sent(delivery, provider_id)
        if delivery.due_at is None:  # What was deferred on purpose says nothing about speed.
            RECEIPTS.add_since("notified", [planned.change.recorded_at])
        _log(planned, Outcome.SENT)


def _record_opt_out(planned: PlannedNotification, delivery: Delivery) -> None:
    """Keep an opt-out of the provider's list, so that the address gets no later message either."""
    refused = [Statement(planned.transport.name, is_allowed=False)]
    shipment_id = planned.change.shipment_id
    record_statements([delivery.address_hash], refused, Way.PROVIDER, timezone.now(), shipment_id)


def _report_failure(planned: PlannedNotification, outcome: Outcome, reason: str) -> None:
    emit(DELIVER_FAILED, 1, transport=planned.transport.name)
    _log(planned, outcome, reason)


def _log(planned: PlannedNotification, outcome: Outcome, reason: str = "") -> None:
    log.info(
        "deliver",
        change_id=planned.change.change_id,
        shipment_id=planned.change.shipment_id,
        trigger=planned.trigger.value,
        transport=planned.transport.name,
        outcome=outcome.value,
        reason=reason,
    )
