"""Book shipments: write each booking's row and put its record on the stream, both or neither."""

import copy
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from django.db import IntegrityError, transaction

from tracking.domain.errors import SwiftLogixError
from tracking.domain.events import Booking, HubPoint, Lane, Window
from tracking.domain.identity import short_hash
from tracking.domain.payload import ScanPayload
from tracking.models import Hub, Shipment
from tracking.ports import EventStream, TrackingPorts
from tracking.services.partners.contacts import build_contact, check_recipient
from tracking.services.partners.lane_plans import read_plans
from tracking.services.partners.recipients import erase_contact, keep_contact
from tracking.services.recording.stream_records import (
    StreamRefusedError,
    build_booking_report,
    make_record,
    stamp_as_partner,
)
from tracking.services.requests.bodies import NewBooking, Promise
from tracking.services.requests.callers import Caller
from tracking.services.requests.consents import consents_by_transport
from tracking.services.requests.ownership import read_series
from tracking.services.requests.refusals import (
    Mistake,
    RequestRefusedError,
    ShipmentIdTakenError,
    check_new_id,
)
from tracking.shipment_ids import make_shipment_id
from tracking.tokens import hash_token, make_token


class _Existing(NamedTuple):
    """Rows that exist already of the hubs and shipments in a request, and the caller's plans and series."""

    hubs: dict[str, Hub]
    plans: dict[tuple[str, str], int]
    rows: dict[str, Shipment]
    series: tuple[str, ...]


class _Draft(NamedTuple):
    """Booking whose row is written and whose record is not yet on the stream.

    `before` is the row of the shipment before it was booked, if there was one.
    """

    shipment: Shipment
    record: ScanPayload
    before: Shipment | None


def book_shipment(ports: TrackingPorts, caller: Caller, wanted: NewBooking, now: datetime) -> Shipment:
    """Write the booking's row and put its record on the stream, both or neither.

    Raises `RequestRefusedError`, `ShipmentIdTakenError`, and `TransientError` when the stream or the store
    cannot be reached: then no row is left behind.
    """
    (booked,) = book_shipments(ports, caller, [wanted], now)
    if isinstance(booked, SwiftLogixError):
        raise booked
    return booked


def book_shipments(
    ports: TrackingPorts, caller: Caller, wanted: Sequence[NewBooking], now: datetime
) -> list[Shipment | SwiftLogixError]:
    """Book each entry on its own; return per entry the booking or the error that `book_shipment` raises."""
    existing = _read_existing(caller, wanted)
    with transaction.atomic():
        drafts = [_try_draft(caller, booking, existing, now) for booking in wanted]
        return _put(ports.stream, drafts)


def check_promise(promised: Promise) -> list[Mistake]:
    """Return the mistakes of a promised window."""
    if promised.to > promised.from_:
        return []
    return [Mistake("/promised/to", "contradiction", "the promise ends before it begins")]


def _read_existing(caller: Caller, wanted: Sequence[NewBooking]) -> _Existing:
    hub_ids = {hub_id for booking in wanted for hub_id in (booking.origin_hub, booking.destination_hub)}
    ids = [booking.shipment_id for booking in wanted if booking.shipment_id is not None]
    return _Existing(
        {hub.hub_id: hub for hub in Hub.objects.filter(hub_id__in=hub_ids)},
        read_plans(caller),
        {row.shipment_id: row for row in Shipment.objects.filter(shipment_id__in=ids)},
        read_series(caller) if ids else (),
    )


def _try_draft(
    caller: Caller, wanted: NewBooking, existing: _Existing, now: datetime
) -> _Draft | RequestRefusedError | ShipmentIdTakenError:
    try:
        with transaction.atomic():
            return _draft(caller, wanted, existing, now)
    except (RequestRefusedError, ShipmentIdTakenError) as error:
        return error
    except IntegrityError:
        return ShipmentIdTakenError()


def _draft(caller: Caller, wanted: NewBooking, existing: _Existing, now: datetime) -> _Draft:
    lane = _check_booking(wanted, existing.hubs)
    wanted = _apply_lane_plan(wanted, existing.plans)
    shipment_id = wanted.shipment_id or make_shipment_id(livemode=caller.livemode)
    if wanted.shipment_id is not None:
        _check_id(shipment_id, existing)
    unbooked = Shipment.objects.select_for_update().filter(shipment_id=shipment_id, partner=None).first()
    before = copy.copy(unbooked)
    shipment = unbooked or Shipment(shipment_id=shipment_id, status="created")
    _write_row(shipment, caller, wanted, lane, now)
    report = build_booking_report(shipment_id, _build_timeline_booking(wanted, lane))
    event_id = "b_" + short_hash(shipment_id, caller.partner.partner_id)
    return _Draft(shipment, stamp_as_partner(report, caller, event_id=event_id, moment=now), before)


def _put(
    stream: EventStream,
    drafts: Sequence[_Draft | RequestRefusedError | ShipmentIdTakenError],
) -> list[Shipment | SwiftLogixError]:
    """Put the records of the drafts on the stream. A draft that the stream refuses loses its row."""
    written = [draft for draft in drafts if isinstance(draft, _Draft)]
    refusals = stream.put([make_record(draft.record) for draft in written]) if written else []
    reasons = zip(written, refusals, strict=True)
    refused = {id(draft): reason for draft, reason in reasons if reason is not None}
    booked: list[Shipment | SwiftLogixError] = []
    for draft in drafts:
        if not isinstance(draft, _Draft):
            booked.append(draft)
        elif id(draft) in refused:
            _undo(draft)
            booked.append(StreamRefusedError(refused[id(draft)]))
        else:
            booked.append(draft.shipment)
    return booked


def _undo(draft: _Draft) -> None:
    erase_contact(draft.shipment)
    if draft.before is None:
        draft.shipment.delete()
    else:
        draft.before.save()


def _check_booking(wanted: NewBooking, hubs: dict[str, Hub]) -> tuple[Hub, Hub]:
    """Return the two hubs of the booking. Raises `RequestRefusedError` with all mistakes at once."""
    mistakes = [
        Mistake(f"/{end}", "unknown_hub", f"there is no hub {hub_id!r}")
        for end, hub_id in (("origin_hub", wanted.origin_hub), ("destination_hub", wanted.destination_hub))
        if hub_id not in hubs
    ]
    mistakes += check_new_id("/shipment_id", wanted.shipment_id)
    mistakes += check_promise(wanted.promised) + check_recipient(wanted.recipient)
    if mistakes:
        raise RequestRefusedError(mistakes)
    return hubs[wanted.origin_hub], hubs[wanted.destination_hub]


def _apply_lane_plan(wanted: NewBooking, plans: dict[tuple[str, str], int]) -> NewBooking:
    """Return the booking with the minutes of its lane's plan, unless it has planned minutes of its own."""
    if wanted.planned_minutes is not None:
        return wanted
    planned = plans.get((wanted.origin_hub, wanted.destination_hub))
    return msgspec.structs.replace(wanted, planned_minutes=planned)


def _check_id(shipment_id: str, existing: _Existing) -> None:
    """Raise `RequestRefusedError` for an id outside of the series, `ShipmentIdTakenError` for a booked one.

    A shipment that was scanned and never booked belongs to its first booking.
    """
    if not shipment_id.startswith(existing.series):
        detail = "not in a series of yours: register its prefix, or leave the id out to get one of ours"
        raise RequestRefusedError([Mistake("/shipment_id", "not_in_series", detail)])
    row = existing.rows.get(shipment_id)
    if row is not None and row.partner_id is not None:
        raise ShipmentIdTakenError


def _write_row(
    shipment: Shipment, caller: Caller, wanted: NewBooking, lane: tuple[Hub, Hub], now: datetime
) -> None:
    """Write the booking into its row and save it."""
    recipient = wanted.recipient
    shipment.partner, shipment.livemode = caller.partner, caller.livemode
    shipment.reference = wanted.reference
    keep_contact(shipment, build_contact(recipient))
    shipment.pin_code, shipment.language = recipient.pin_code, recipient.language
    shipment.consents = consents_by_transport(msgspec.structs.asdict(recipient.consent))
    shipment.origin_hub, shipment.destination_hub = lane
    shipment.promised_from, shipment.promised_to = wanted.promised.from_, wanted.promised.to
    shipment.planned_minutes, shipment.metadata = wanted.planned_minutes, wanted.metadata
    shipment.cod_amount = wanted.cod.rupees if wanted.cod else None
    shipment.token_sha256 = hash_token(make_token(shipment.shipment_id, shipment.token_n))
    shipment.updated_at = now
    shipment.save()


def _build_timeline_booking(wanted: NewBooking, lane: tuple[Hub, Hub]) -> Booking:
    """Return the part of the booking that goes on the timeline: no name, phone number or address."""
    origin, destination = (
        HubPoint(hub_id=hub.hub_id, name=hub.name, lat=hub.lat, lon=hub.lon) for hub in lane
    )
    return Booking(
        promised=Window(from_=wanted.promised.from_, to=wanted.promised.to),
        lane=Lane(origin=origin, destination=destination),
        destination_pin=wanted.recipient.pin_code,
        planned_minutes=wanted.planned_minutes,
    )
