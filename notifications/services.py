"""Notification of recipients: decide, claim, send, mark; safe to repeat and to run concurrently."""

import structlog
from django.utils import timezone

from notifications import claims
from notifications.address_hashes import AddressHashes, hash_addresses
from notifications.claims import Outcome
from notifications.domain import PlannedNotification, Recipient, TransportDeclaration, decide, read_trigger
from notifications.message_codes import keep_segments, open_code
from notifications.models import Delivery
from notifications.ports import Message, NotificationPorts, Transport
from notifications.preference_links import open_link, preferences_link, stop_link, why_link
from notifications.wording import render_message
from tracking.domain.errors import PermanentError, TransientError
from tracking.domain.events import Change
from tracking.domain.identity import short_hash
from tracking.metrics import DELIVER_FAILED, emit
from tracking.models import Shipment
from tracking.services.partners.recipients import Contact, read_contact
from tracking.tokens import customer_link
from tracking.translation import find_language

log = structlog.get_logger()


def notify(ports: NotificationPorts, change: Change) -> None:
    """Notify the shipment's recipient of the change, by every transport that offers its trigger.

    The bus delivers each change separately, so changes in its `also` are not processed here. Repeating a
    call sends nothing twice. Raises `TransientError` if something is left to send, because a provider cannot
    be reached or another process is sending it: the change must then be delivered again.
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
    recipient, failures = read_recipient(ports, booking), []
    for transport in ports.transports.values():
        if not transport.declaration.offers(trigger):
            continue
        try:
            planned = PlannedNotification(change, trigger, recipient, transport.declaration)
            _notify_once(transport, planned, booking)
        except TransientError as error:
            # Go on with the other transports.
            failures.append(error)
    if failures:
        raise failures[0]


def find_booking(shipment_id: str) -> Shipment | None:
    """Find the booking with its partner; None for a shipment that was scanned but never booked."""
    booked = Shipment.objects.select_related("partner").filter(partner__isnull=False)
    return booked.filter(shipment_id=shipment_id).first()


def read_recipient(ports: NotificationPorts, booking: Shipment) -> Recipient:
    """Read the recipient of a booking; the id is a hash of the shipment's id, so that it reveals nothing."""
    contact = read_contact(booking)
    hashes = hash_addresses({field: getattr(contact, field) for field in AddressHashes._fields})
    declared = [transport.declaration for transport in ports.transports.values()]
    return Recipient(
        recipient_id="rcp_" + short_hash(booking.shipment_id),
        addresses={each.name: _find_address(each, contact, booking.shipment_id) for each in declared},
        consents=frozenset(name for name, given in booking.consents.items() if given),
        livemode=booking.livemode,
        link_token=open_link(booking.shipment_id, hashes),
    )


def _find_address(declared: TransportDeclaration, contact: Contact, shipment_id: str) -> str:
    if declared.find_address is not None:
        return declared.find_address(shipment_id)
    return str(getattr(contact, declared.address.field))


def make_message(planned: PlannedNotification, booking: Shipment, delivery: Delivery) -> Message:
    """Render the message of a planned notification, with links to its reason and to the preferences."""
    token, address = planned.recipient.link_token, planned.recipient.addresses[planned.transport.name]
    language = find_language(booking.language)
    code = open_code(delivery, language, planned.transport.address.mask(address))
    link = customer_link(booking.shipment_id, booking.token_n)
    rendered = render_message(planned, link, language, code)
    limit = planned.transport.limit
    keep_segments(delivery, limit.measure(rendered.body).segments if limit else 1)
    return Message(
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
        code=code,
        preferences_link=preferences_link(token),
        stop_link=stop_link(token, transport=planned.transport.name),
        why_link=why_link(token, delivery_id=delivery.pk),
    )


def _notify_once(transport: Transport, planned: PlannedNotification, booking: Shipment) -> None:
    decision = decide(planned, timezone.now())
    if not decision.sends:
        claims.suppress(planned, decision.reason)
        _log(planned, Outcome.SUPPRESSED, decision.reason)
        return
    delivery = claims.claim(planned, booking.partner.partner_id if booking.partner else "")
    if delivery is not None:
        _send(transport, planned, delivery, make_message(planned, booking, delivery))


def _send(transport: Transport, planned: PlannedNotification, delivery: Delivery, message: Message) -> None:
    try:
        provider_id = transport.send(message)
    except PermanentError as error:
        claims.mark_failed(delivery, str(error))
        _report_failure(planned, Outcome.FAILED, str(error))
    except TransientError:
        claims.release(delivery)
        _report_failure(planned, Outcome.CLAIMED, claims.UNREACHABLE)
        raise
    else:
        claims.mark_sent(delivery, provider_id)
        _log(planned, Outcome.SENT)


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
