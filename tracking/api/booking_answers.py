"""Types of the API's answers on bookings, and how they are built."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

from tracking.answer import public_answer
from tracking.api.answers import Estimate, Time, TimeSpan
from tracking.domain.errors import SwiftLogixError, TransientError
from tracking.domain.events import format_time
from tracking.domain.shipment import ShipmentState
from tracking.models import Shipment
from tracking.services.partners.recipients import Contact, read_contact, read_contacts
from tracking.services.requests.bodies import CashOnDelivery, DoorPoint
from tracking.services.requests.consents import consents_by_field
from tracking.services.requests.refusals import Mistake, RefusedError, RequestRefusedError
from tracking.tokens import customer_link


class RecipientAnswer(msgspec.Struct):
    """Recipient as booked, with the phone number in E.164."""

    name: str
    phone: str
    email: str
    address: str
    point: DoorPoint | None
    pin_code: str
    language: str
    consent: dict[str, bool]


class ShipmentAnswer(msgspec.Struct):
    """Booking with the current status, for the partner that booked it."""

    shipment_id: str
    reference: str
    livemode: bool
    status: str
    substatus: str | None
    status_at: Time | None
    is_delayed: bool
    eta: Estimate | None
    promised: TimeSpan | None
    origin_hub: str
    destination_hub: str
    planned_minutes: int | None
    cod: CashOnDelivery | None
    recipient: RecipientAnswer
    metadata: dict[str, str]
    tracking_url: str
    created_at: Time
    state_version: int


class ShipmentPage(msgspec.Struct):
    """Page of bookings. `next` is the cursor of the next page, null on the last."""

    results: list[ShipmentAnswer]
    next: str | None


class BookingOutcome(msgspec.Struct, omit_defaults=True):
    """Result of one booking of a batch."""

    index: int
    shipment_id: str | None
    outcome: Literal["booked", "rejected"]
    tracking_url: str | None = None
    errors: list[Mistake] = []


class BatchBooked(msgspec.Struct):
    """Result of each booking, in the order given."""

    booked: int
    rejected: int
    results: list[BookingOutcome]


def describe_shipment(shipment: Shipment, state: ShipmentState | None) -> ShipmentAnswer:
    """Build the answer of a booking and its state; without a state it shows the booking alone."""
    return _describe(shipment, state, read_contact(shipment))


def describe_shipments(
    shipments: list[Shipment], states: Mapping[str, ShipmentState]
) -> list[ShipmentAnswer]:
    """Build the answers of many bookings, each with its state if there is one."""
    contacts = read_contacts(shipments)
    return [_describe(row, states.get(row.shipment_id), contacts[row.shipment_id]) for row in shipments]


def _describe(shipment: Shipment, state: ShipmentState | None, contact: Contact) -> ShipmentAnswer:
    known = state or ShipmentState(shipment_id=shipment.shipment_id)
    answer = public_answer(known, now=datetime.now(UTC))
    return ShipmentAnswer(
        shipment_id=shipment.shipment_id,
        reference=shipment.reference,
        livemode=shipment.livemode,
        status=answer["status"] if state else shipment.status,
        substatus=answer["substatus"],
        status_at=answer["status_at"],
        is_delayed=answer["is_delayed"],
        eta=answer["eta"],
        promised=_promise(shipment),
        origin_hub=shipment.origin_hub.hub_id if shipment.origin_hub else "",
        destination_hub=shipment.destination_hub.hub_id if shipment.destination_hub else "",
        planned_minutes=shipment.planned_minutes,
        cod=_cod(shipment),
        recipient=_recipient(shipment, contact),
        metadata=shipment.metadata,
        tracking_url=customer_link(shipment.shipment_id, shipment.token_n),
        created_at=format_time(shipment.created_at),
        state_version=answer["state_version"],
    )


def describe_batch(outcomes: Sequence[Shipment | SwiftLogixError]) -> BatchBooked:
    """Build the answer of a batch. Raises the `TransientError` of an entry when no entry was booked."""
    results = [_booking_outcome(index, outcome) for index, outcome in enumerate(outcomes)]
    booked = sum(result.outcome == "booked" for result in results)
    failed = next((outcome for outcome in outcomes if isinstance(outcome, TransientError)), None)
    if failed is not None and not booked:
        raise failed
    return BatchBooked(booked=booked, rejected=len(results) - booked, results=results)


def _booking_outcome(index: int, outcome: Shipment | SwiftLogixError) -> BookingOutcome:
    if isinstance(outcome, Shipment):
        link = customer_link(outcome.shipment_id, outcome.token_n)
        return BookingOutcome(index, outcome.shipment_id, "booked", link)
    if isinstance(outcome, RequestRefusedError):
        return BookingOutcome(index, None, "rejected", errors=outcome.mistakes)
    if isinstance(outcome, RefusedError):
        mistakes = [Mistake("/shipment_id", outcome.code, outcome.detail)]
    else:
        mistakes = [Mistake("", "unavailable", "not taken now; send it again")]
    return BookingOutcome(index, None, "rejected", errors=mistakes)


def _recipient(shipment: Shipment, contact: Contact) -> RecipientAnswer:
    return RecipientAnswer(
        **msgspec.structs.asdict(contact),
        pin_code=shipment.pin_code,
        language=shipment.language,
        consent=consents_by_field(shipment.consents),
    )


def _cod(shipment: Shipment) -> CashOnDelivery | None:
    return None if shipment.cod_amount is None else CashOnDelivery(amount=f"{shipment.cod_amount:.2f}")


def _promise(shipment: Shipment) -> TimeSpan | None:
    span: tuple[datetime | Any, datetime | Any] = (shipment.promised_from, shipment.promised_to)
    return TimeSpan(from_=format_time(span[0]), to=format_time(span[1])) if all(span) else None
