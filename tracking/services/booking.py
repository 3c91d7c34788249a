"""Book: a partner announces a shipment; the row and the record on the stream come to be together."""

import secrets
from datetime import datetime

import phonenumbers
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from tracking.domain.errors import PermanentError
from tracking.domain.events import Booking, HubPoint, Lane, Window
from tracking.domain.identity import short_hash
from tracking.models import Hub, Partner, Shipment
from tracking.ports import ports
from tracking.services.outgoing import booked_report, put_one, stamp
from tracking.services.recipients import Contact, keep_contact
from tracking.services.requests import Caller, Mistake, NewBooking, Recipient, RequestRefusedError
from tracking.tokens import hash_token, make_token

# No vowels and nothing that looks like something else: read out over the phone, never a word.
ID_LETTERS = "23456789BCDFGHJKMNPQRSTVWXZ"
HOME_REGION = "IN"


class ShipmentIdTakenError(PermanentError):
    """Another booking, or another partner's report, already has this shipment id."""


def book_shipment(caller: Caller, wanted: NewBooking, now: datetime) -> Shipment:
    """Keep the booking and tell the timeline of it, both or neither.

    Raises `RequestRefusedError`, `ShipmentIdTakenError`, and `TransientError` when the stream or the store
    cannot be reached: then no row is left behind.
    """
    lane = _check(wanted)
    shipment_id = wanted.shipment_id or _make_shipment_id()
    if wanted.shipment_id is not None:
        _check_free(shipment_id, caller.partner)
    try:
        with transaction.atomic():
            shipment = _keep_row(caller, shipment_id, wanted, lane)
            put_one(
                stamp(
                    booked_report(shipment_id, _tell(wanted, lane)),
                    caller,
                    event_id="b_" + short_hash(shipment_id, caller.partner.partner_id),
                    moment=now,
                )
            )
    except IntegrityError as error:
        raise ShipmentIdTakenError(shipment_id) from error
    return shipment


def _make_shipment_id() -> str:
    return "SLX" + "".join(secrets.choice(ID_LETTERS) for _ in range(11))


def _check(wanted: NewBooking) -> tuple[Hub, Hub]:
    """The two hubs of the booking; raises with all that is wrong at once."""
    hubs = {
        hub.hub_id: hub for hub in Hub.objects.filter(hub_id__in=[wanted.origin_hub, wanted.destination_hub])
    }
    mistakes = [
        Mistake(f"/{end}", "unknown_hub", f"there is no hub {hub_id!r}")
        for end, hub_id in (("origin_hub", wanted.origin_hub), ("destination_hub", wanted.destination_hub))
        if hub_id not in hubs
    ]
    if wanted.promised.to <= wanted.promised.from_:
        mistakes.append(Mistake("/promised/to", "invalid", "the promise ends before it begins"))
    mistakes += _check_recipient(wanted.recipient)
    if mistakes:
        raise RequestRefusedError(mistakes)
    return hubs[wanted.origin_hub], hubs[wanted.destination_hub]


def _check_recipient(recipient: Recipient) -> list[Mistake]:
    mistakes = []
    if recipient.phone and _read_phone(recipient.phone) is None:
        mistakes.append(Mistake("/recipient/phone", "invalid", "not a phone number"))
    if recipient.email:
        try:
            validate_email(recipient.email)
        except ValidationError:
            mistakes.append(Mistake("/recipient/email", "invalid", "not an e-mail address"))
    return mistakes


def _read_phone(sent: str) -> str | None:
    """The number in E.164, or None."""
    try:
        number = phonenumbers.parse(sent, HOME_REGION)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _check_free(shipment_id: str, partner: Partner) -> None:
    """A shipment nobody booked is adopted by its first booking, unless another partner reported it."""
    known = Shipment.objects.filter(shipment_id=shipment_id).first()
    if known is not None and known.partner is not None:
        raise ShipmentIdTakenError(shipment_id)
    if known is None and ports().store.read_state(shipment_id) is None:
        return
    reporters = {event.partner_id for event in ports().store.read_timeline(shipment_id)}
    if reporters - {None, partner.partner_id}:
        raise ShipmentIdTakenError(shipment_id)


def contact_of(recipient: Recipient) -> Contact:
    """What is sealed of a recipient; the phone number in E.164."""
    return Contact(
        name=recipient.name,
        phone=_read_phone(recipient.phone) or "",
        email=recipient.email,
        address=recipient.address,
    )


def _keep_row(caller: Caller, shipment_id: str, wanted: NewBooking, lane: tuple[Hub, Hub]) -> Shipment:
    """The booking's row; that of a shipment nobody booked is taken over with what is known of it."""
    adopted = Shipment.objects.select_for_update().filter(shipment_id=shipment_id, partner=None).first()
    shipment = adopted or Shipment(shipment_id=shipment_id, status="created")
    recipient = wanted.recipient
    shipment.partner, shipment.livemode = caller.partner, caller.livemode
    shipment.reference = wanted.reference
    keep_contact(shipment, contact_of(recipient))
    shipment.pin_code, shipment.language = recipient.pin_code, recipient.language
    shipment.consent_sms, shipment.consent_email = recipient.consent.sms, recipient.consent.email
    shipment.origin_hub, shipment.destination_hub = lane
    shipment.promised_from, shipment.promised_to = wanted.promised.from_, wanted.promised.to
    shipment.planned_minutes, shipment.metadata = wanted.planned_minutes, wanted.metadata
    shipment.token_sha256 = hash_token(make_token(shipment_id, shipment.token_n))
    shipment.save()
    return shipment


def _tell(wanted: NewBooking, lane: tuple[Hub, Hub]) -> Booking:
    """What the timeline is told: never a name, a number or an address."""
    origin, destination = (
        HubPoint(hub_id=hub.hub_id, name=hub.name, lat=hub.lat, lon=hub.lon) for hub in lane
    )
    return Booking(
        promised=Window(from_=wanted.promised.from_, to=wanted.promised.to),
        lane=Lane(origin=origin, destination=destination),
        destination_pin=wanted.recipient.pin_code,
        planned_minutes=wanted.planned_minutes,
    )
