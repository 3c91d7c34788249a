"""Booked shipments of a partner: find, list, change and cancel them."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import Q, QuerySet
from msgspec import UNSET, UnsetType

from tracking.domain.events import Booking, Window
from tracking.domain.identity import short_hash
from tracking.domain.payload import ScanPayload
from tracking.domain.shipment import ShipmentState
from tracking.domain.status import END_STATUSES, Direction, Status, may_follow
from tracking.models import Shipment, is_reference
from tracking.ports import ShipmentStore, TrackingPorts
from tracking.services.partners.booking import check_promise
from tracking.services.partners.contacts import build_contact, check_recipient
from tracking.services.partners.recipients import NO_CONTACT, Contact, keep_contact, read_contact
from tracking.services.recording.stream_records import put_record, stamp_as_partner
from tracking.services.requests.bodies import BookingChange, Consent, Recipient, RecipientChange
from tracking.services.requests.callers import Caller
from tracking.services.requests.consents import consents_by_field, consents_by_transport
from tracking.services.requests.queries import ShipmentQuery
from tracking.services.requests.refusals import (
    IllegalTransitionError,
    RequestRefusedError,
    ShipmentClosedError,
    UnknownError,
)


def own_shipments(caller: Caller) -> QuerySet[Shipment]:
    """Return the bookings of the caller, in the mode of its key."""
    booked = Shipment.objects.select_related("origin_hub", "destination_hub")
    return booked.filter(partner=caller.partner, livemode=caller.livemode)


def find_own_shipment(caller: Caller, shipment_id: str) -> Shipment:
    """Return the caller's booking. Raises `UnknownError`, also for another partner's."""
    shipment = own_shipments(caller).filter(shipment_id=shipment_id).first()
    if shipment is None:
        raise UnknownError
    return shipment


def list_shipments(caller: Caller, query: ShipmentQuery, after: tuple[str, int] | None) -> list[Shipment]:
    """Return a page of bookings and one more, newest first.

    With `updated_since` they are ordered by their last change, oldest first. `after` is the time (RFC 3339)
    and the row id of the last booking of the page before.
    """
    rows = own_shipments(caller)
    if query.status is not None:
        rows = rows.filter(status=query.status)
    if query.reference is not None:
        rows = rows.filter(is_reference(query.reference))
    if query.updated_since is None:
        rows = rows.order_by("-created_at", "-pk")
        return list(_after(rows, "created_at", "lt", after)[: query.limit + 1])
    rows = rows.filter(updated_at__gte=query.updated_since).order_by("updated_at", "pk")
    return list(_after(rows, "updated_at", "gt", after)[: query.limit + 1])


def check_change(shipment: Shipment, change: BookingChange) -> None:
    """Raise `RequestRefusedError` with all mistakes of a change that its type does not exclude."""
    stored = _read_stored(shipment, change)
    mistakes = [] if isinstance(change.recipient, UnsetType) else check_recipient(change.recipient, stored)
    mistakes += [] if isinstance(change.promised, UnsetType) else check_promise(change.promised)
    if mistakes:
        raise RequestRefusedError(mistakes)


def change_booking(
    ports: TrackingPorts, caller: Caller, shipment: Shipment, change: BookingChange, now: datetime
) -> Shipment:
    """Change the booking's row and put the changed promise or PIN code on the stream, both or neither.

    Raises `RequestRefusedError`, `ShipmentClosedError`, `TransientError`.
    """
    state = ports.store.read_state(shipment.shipment_id)
    if state is not None and state.status in END_STATUSES:
        raise ShipmentClosedError
    booking = _apply(shipment, change)
    shipment.updated_at = now
    with transaction.atomic():
        shipment.save()
        if booking != Booking():
            report = ScanPayload(shipment_id=shipment.shipment_id, booking=booking)
            event_id = "b_" + short_hash(secrets.token_hex())
            put_record(ports.stream, stamp_as_partner(report, caller, event_id=event_id, moment=now))
    return shipment


def cancel_booking(ports: TrackingPorts, caller: Caller, shipment: Shipment, now: datetime) -> str:
    """Put a cancellation on the stream and return its event id. Raises `IllegalTransitionError`."""
    state = ports.store.read_state(shipment.shipment_id)
    status, direction = (state.status, state.direction) if state else (Status.CREATED, Direction.FORWARD)
    if not may_follow(status, Status.CANCELLED, direction):
        raise IllegalTransitionError
    event_id = "c_" + short_hash(shipment.shipment_id, caller.partner.partner_id)
    report = ScanPayload(shipment_id=shipment.shipment_id, status="cancelled", substatus="by_shipper")
    put_record(ports.stream, stamp_as_partner(report, caller, event_id=event_id, moment=now))
    return event_id


def read_current_states(store: ShipmentStore, shipments: list[Shipment]) -> dict[str, ShipmentState]:
    """Return the current states of the bookings, by shipment id."""
    return store.read_current([shipment.shipment_id for shipment in shipments]) if shipments else {}


def _after(
    rows: QuerySet[Shipment], column: str, beyond: str, after: tuple[str, int] | None
) -> QuerySet[Shipment]:
    if after is None:
        return rows
    moment, pk = datetime.fromisoformat(after[0]), after[1]
    further: dict[str, Any] = {f"{column}__{beyond}": moment}
    level: dict[str, Any] = {column: moment, f"pk__{beyond}": pk}
    return rows.filter(Q(**further) | Q(**level))


def _apply(shipment: Shipment, change: BookingChange) -> Booking:
    """Change the fields of the row; return the changes that go on the timeline.

    Raises `RequestRefusedError` with all mistakes at once.
    """
    check_change(shipment, change)
    stored = _read_stored(shipment, change)
    recipient = _merge(shipment, stored, change.recipient)
    promised = None if isinstance(change.promised, UnsetType) else change.promised
    if not isinstance(change.reference, UnsetType):
        shipment.reference = change.reference
    if not isinstance(change.metadata, UnsetType):
        shipment.metadata = change.metadata
    window, pin = None, None
    if promised is not None:
        shipment.promised_from, shipment.promised_to = promised.from_, promised.to
        window = Window(from_=promised.from_, to=promised.to)
    if recipient is not None:
        pin = recipient.pin_code if recipient.pin_code != shipment.pin_code else None
        _write_recipient(shipment, recipient, stored)
    return Booking(promised=window, destination_pin=pin)


def _read_stored(shipment: Shipment, change: BookingChange) -> Contact:
    """Return the stored contact of the booking; nothing if the change leaves the recipient alone."""
    return NO_CONTACT if isinstance(change.recipient, UnsetType) else read_contact(shipment)


def _merge(shipment: Shipment, stored: Contact, change: RecipientChange | UnsetType) -> Recipient | None:
    """Return the booked recipient with the changed fields; None when no field changes."""
    if isinstance(change, UnsetType):
        return None
    changed = {name: value for name, value in msgspec.structs.asdict(change).items() if value is not UNSET}
    if "point" not in changed and _moves_door(shipment, stored, changed):
        changed["point"] = None
    booked = Recipient(
        **msgspec.structs.asdict(stored),
        pin_code=shipment.pin_code,
        language=shipment.language,  # type: ignore[arg-type]
        consent=Consent(**consents_by_field(shipment.consents)),
    )
    return msgspec.structs.replace(booked, **changed)


def _moves_door(shipment: Shipment, stored: Contact, changed: Mapping[str, Any]) -> bool:
    """Return whether the changed fields name another address or PIN code."""
    booked = {"address": stored.address, "pin_code": shipment.pin_code}
    return any(changed.get(name, value) != value for name, value in booked.items())


def _write_recipient(shipment: Shipment, recipient: Recipient, stored: Contact) -> None:
    keep_contact(shipment, build_contact(recipient, stored))
    shipment.pin_code, shipment.language = recipient.pin_code, recipient.language
    shipment.consents = consents_by_transport(msgspec.structs.asdict(recipient.consent))
