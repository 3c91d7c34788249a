"""Book: a partner announces shipments; each row and its record on the stream come to be together."""

import copy
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec
from django.db import IntegrityError, transaction

from tracking.domain.errors import SwiftLogixError
from tracking.domain.events import Booking, HubPoint, Lane, Window
from tracking.domain.identity import short_hash
from tracking.domain.payload import ScanPayload
from tracking.domain.shipment import ShipmentState
from tracking.models import Hub, Partner, Shipment
from tracking.ports import ports
from tracking.services.partners.contacts import check_recipient, contact_of
from tracking.services.partners.lane_plans import read_plans
from tracking.services.partners.recipients import erase_contact, keep_contact
from tracking.services.recording.outgoing import StreamRefusedError, booked_report, make_record, stamp
from tracking.services.requests.callers import Caller, Mistake, NewBooking, Promise, RequestRefusedError
from tracking.services.requests.consents import consents_by_transport
from tracking.services.requests.refusals import ShipmentIdTakenError
from tracking.tokens import hash_token, make_token

# No vowels and nothing that looks like something else: read out over the phone, never a word.
ID_LETTERS = "23456789BCDFGHJKMNPQRSTVWXZ"


class _Known(NamedTuple):
    """What is there already of the hubs and shipments a request names."""

    hubs: dict[str, Hub]
    plans: dict[tuple[str, str], int]
    rows: dict[str, Shipment]
    states: dict[str, ShipmentState]


class _Draft(NamedTuple):
    """A booking whose row is kept and whose record is not yet; `before` is the row it has taken over."""

    shipment: Shipment
    record: ScanPayload
    before: Shipment | None


def book_shipment(caller: Caller, wanted: NewBooking, now: datetime) -> Shipment:
    """Keep the booking and tell the timeline of it, both or neither.

    Raises `RequestRefusedError`, `ShipmentIdTakenError`, and `TransientError` when the stream or the store
    cannot be reached: then no row is left behind.
    """
    (booked,) = book_shipments(caller, [wanted], now)
    if isinstance(booked, SwiftLogixError):
        raise booked
    return booked


def book_shipments(
    caller: Caller, wanted: Sequence[NewBooking], now: datetime
) -> list[Shipment | SwiftLogixError]:
    """Book each for itself; per entry the booking, or why there is none (the errors of `book_shipment`)."""
    known = _read_known(caller, wanted)
    with transaction.atomic():
        drafts = [_try_draft(caller, booking, known, now) for booking in wanted]
        return _put(drafts)


def check_promise(promised: Promise) -> list[Mistake]:
    """What is wrong with a promised span."""
    if promised.to > promised.from_:
        return []
    return [Mistake("/promised/to", "invalid", "the promise ends before it begins")]


def _read_known(caller: Caller, wanted: Sequence[NewBooking]) -> _Known:
    hub_ids = {hub_id for booking in wanted for hub_id in (booking.origin_hub, booking.destination_hub)}
    ids = [booking.shipment_id for booking in wanted if booking.shipment_id is not None]
    return _Known(
        {hub.hub_id: hub for hub in Hub.objects.filter(hub_id__in=hub_ids)},
        read_plans(caller),
        {row.shipment_id: row for row in Shipment.objects.filter(shipment_id__in=ids)},
        ports().store.read_current(ids) if ids else {},
    )


def _try_draft(
    caller: Caller, wanted: NewBooking, known: _Known, now: datetime
) -> _Draft | RequestRefusedError | ShipmentIdTakenError:
    try:
        with transaction.atomic():
            return _draft(caller, wanted, known, now)
    except (RequestRefusedError, ShipmentIdTakenError) as error:
        return error
    except IntegrityError:
        return ShipmentIdTakenError()


def _draft(caller: Caller, wanted: NewBooking, known: _Known, now: datetime) -> _Draft:
    lane = _check(wanted, known.hubs)
    wanted = _plan(wanted, known.plans)
    shipment_id = wanted.shipment_id or _make_shipment_id()
    if wanted.shipment_id is not None:
        _check_free(shipment_id, caller.partner, known)
    adopted = Shipment.objects.select_for_update().filter(shipment_id=shipment_id, partner=None).first()
    before = copy.copy(adopted)
    shipment = adopted or Shipment(shipment_id=shipment_id, status="created")
    _fill(shipment, caller, wanted, lane, now)
    report = booked_report(shipment_id, _tell(wanted, lane))
    event_id = "b_" + short_hash(shipment_id, caller.partner.partner_id)
    return _Draft(shipment, stamp(report, caller, event_id=event_id, moment=now), before)


def _put(
    drafts: Sequence[_Draft | RequestRefusedError | ShipmentIdTakenError],
) -> list[Shipment | SwiftLogixError]:
    """Put the records of the drafts on the stream; what it does not take leaves no row."""
    kept = [draft for draft in drafts if isinstance(draft, _Draft)]
    refusals = ports().stream.put([make_record(draft.record) for draft in kept]) if kept else []
    refused = {id(draft): reason for draft, reason in zip(kept, refusals, strict=True) if reason is not None}
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


def _make_shipment_id() -> str:
    return "SLX" + "".join(secrets.choice(ID_LETTERS) for _ in range(11))


def _check(wanted: NewBooking, hubs: dict[str, Hub]) -> tuple[Hub, Hub]:
    """The two hubs of the booking; raises with all that is wrong at once."""
    mistakes = [
        Mistake(f"/{end}", "unknown_hub", f"there is no hub {hub_id!r}")
        for end, hub_id in (("origin_hub", wanted.origin_hub), ("destination_hub", wanted.destination_hub))
        if hub_id not in hubs
    ]
    mistakes += check_promise(wanted.promised) + check_recipient(wanted.recipient)
    if mistakes:
        raise RequestRefusedError(mistakes)
    return hubs[wanted.origin_hub], hubs[wanted.destination_hub]


def _plan(wanted: NewBooking, plans: dict[tuple[str, str], int]) -> NewBooking:
    """The booking with its lane's plan where it names no time of its own."""
    if wanted.planned_minutes is not None:
        return wanted
    planned = plans.get((wanted.origin_hub, wanted.destination_hub))
    return msgspec.structs.replace(wanted, planned_minutes=planned)


def _check_free(shipment_id: str, partner: Partner, known: _Known) -> None:
    """A shipment nobody booked is adopted by its first booking, unless another partner reported it."""
    row = known.rows.get(shipment_id)
    if row is not None and row.partner_id is not None:
        raise ShipmentIdTakenError
    if row is None and shipment_id not in known.states:
        return
    reporters = {event.partner_id for event in ports().store.read_timeline(shipment_id)}
    if reporters - {None, partner.partner_id}:
        raise ShipmentIdTakenError


def _fill(
    shipment: Shipment, caller: Caller, wanted: NewBooking, lane: tuple[Hub, Hub], now: datetime
) -> None:
    """Write the booking into its row and keep it."""
    recipient = wanted.recipient
    shipment.partner, shipment.livemode = caller.partner, caller.livemode
    shipment.reference = wanted.reference
    keep_contact(shipment, contact_of(recipient))
    shipment.pin_code, shipment.language = recipient.pin_code, recipient.language
    shipment.consents = consents_by_transport(msgspec.structs.asdict(recipient.consent))
    shipment.origin_hub, shipment.destination_hub = lane
    shipment.promised_from, shipment.promised_to = wanted.promised.from_, wanted.promised.to
    shipment.planned_minutes, shipment.metadata = wanted.planned_minutes, wanted.metadata
    shipment.cod_amount = wanted.cod.rupees if wanted.cod else None
    shipment.token_sha256 = hash_token(make_token(shipment.shipment_id, shipment.token_n))
    shipment.updated_at = now
    shipment.save()


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
