"""Tells recipients of a change: decide, claim, send, mark; safe to repeat and to run twice at once."""

from itertools import product

import structlog
from django.utils import timezone

from notifications import claims
from notifications.claims import Outcome
from notifications.domain import EMAIL, RULES, SMS, Recipient, Telling, decide, read_trigger
from notifications.models import Delivery
from notifications.ports import Message, NotificationPorts, Transport
from notifications.wording import LANGUAGE, word
from tracking.domain.errors import PermanentError, TransientError
from tracking.domain.events import Change
from tracking.domain.identity import short_hash
from tracking.metrics import DELIVER_FAILED, emit
from tracking.models import Shipment
from tracking.services.partners.recipients import read_contact
from tracking.tokens import customer_link

log = structlog.get_logger()


def tell(ports: NotificationPorts, change: Change) -> None:
    """Tell the shipment's recipient of the change and of those in its `also`, by every transport.

    Repeating it sends nothing again. Raises `TransientError` when something is left to be told, because
    a provider is out of reach or somebody else is telling it just now: the change must then come again.
    """
    triggered = [(one, trigger) for one in (change, *change.also) if (trigger := read_trigger(one))]
    booking = find_booking(change.shipment_id) if triggered else None
    if booking is None:
        if triggered and change.partner_id is not None:
            # The stream can be quicker than the transaction that keeps the booking.
            raise TransientError(f"{change.shipment_id} is booked, but its booking cannot be read yet")
        return
    recipient, left = read_recipient(booking), []
    for (one, trigger), transport in product(triggered, ports.transports):
        if not RULES[trigger].offers(transport):
            continue
        try:
            _tell_once(ports, Telling(one, trigger, recipient, transport), booking)
        except TransientError as error:
            # One provider's failure must not silence the other.
            left.append(error)
    if left:
        raise left[0]


def find_booking(shipment_id: str) -> Shipment | None:
    """The booking with its partner; None for a shipment that was scanned and never booked."""
    booked = Shipment.objects.select_related("partner").filter(partner__isnull=False)
    return booked.filter(shipment_id=shipment_id).first()


def read_recipient(booking: Shipment) -> Recipient:
    """Who waits for the booking; the id is made from the shipment's, so that it tells nothing."""
    consents = {SMS: booking.consent_sms, EMAIL: booking.consent_email}
    contact = read_contact(booking)
    return Recipient(
        recipient_id="rcp_" + short_hash(booking.shipment_id),
        addresses={SMS: contact.phone, EMAIL: contact.email},
        consents=frozenset(transport for transport, given in consents.items() if given),
        livemode=booking.livemode,
    )


def _tell_once(ports: NotificationPorts, telling: Telling, booking: Shipment) -> None:
    decision = decide(telling, timezone.now())
    if not decision.sends:
        claims.keep_silent(telling, decision.reason)
        _log(telling, Outcome.SUPPRESSED, decision.reason)
        return
    delivery = claims.claim(telling)
    if delivery is not None:
        _send(ports.transports[telling.transport], telling, delivery, make_message(telling, booking))


def make_message(telling: Telling, booking: Shipment) -> Message:
    """The telling in words, addressed."""
    words = word(telling, customer_link(booking.shipment_id, booking.token_n))
    return Message(
        change_id=telling.change.change_id,
        shipment_id=telling.change.shipment_id,
        partner_id=booking.partner.partner_id if booking.partner else "",
        trigger=telling.trigger.value,
        status=str(telling.change.after.status),
        livemode=telling.change.livemode,
        recipient_id=telling.recipient.recipient_id,
        address=telling.recipient.addresses[telling.transport],
        subject=words.subject,
        body=words.body,
        language=LANGUAGE,
    )


def _send(transport: Transport, telling: Telling, delivery: Delivery, message: Message) -> None:
    try:
        provider_id = transport.send(message)
    except PermanentError as error:
        claims.mark_failed(delivery, str(error))
        _report_failure(telling, Outcome.FAILED, str(error))
    except TransientError:
        claims.give_back(delivery)
        _report_failure(telling, Outcome.CLAIMED, claims.UNREACHABLE)
        raise
    else:
        claims.mark_sent(delivery, provider_id)
        _log(telling, Outcome.SENT)


def _report_failure(telling: Telling, outcome: Outcome, reason: str) -> None:
    emit(DELIVER_FAILED, 1, transport=telling.transport)
    _log(telling, outcome, reason)


def _log(telling: Telling, outcome: Outcome, reason: str = "") -> None:
    log.info(
        "deliver",
        change_id=telling.change.change_id,
        shipment_id=telling.change.shipment_id,
        trigger=telling.trigger.value,
        transport=telling.transport,
        outcome=outcome.value,
        reason=reason,
    )
