"""What the API answers, as types: the document is made from them, and the answers are."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from tracking.answer import public_answer
from tracking.domain.events import format_time
from tracking.domain.shipment import ShipmentState
from tracking.models import Shipment
from tracking.services.recipients import read_contact
from tracking.services.requests import Mistake
from tracking.tokens import customer_link

Time = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]


class TimeSpan(msgspec.Struct):
    """From when to when, RFC 3339 UTC."""

    from_: Time = msgspec.field(name="from")
    to: Time


class Estimate(msgspec.Struct):
    """When the parcel is expected: a window, its middle, and how sure we are."""

    from_: Time = msgspec.field(name="from")
    at: Time
    to: Time
    confidence: Literal["high", "medium", "low"]


class Lateness(msgspec.Struct):
    """By how many minutes the promise is likely missed (0 where only reported), why, and since when."""

    minutes: int
    cause: str
    since: Time | None


class Milestone(msgspec.Struct):
    """A step of every parcel's way."""

    code: Literal["created", "picked_up", "in_transit", "out_for_delivery", "delivered"]
    state: Literal["done", "current", "upcoming", "skipped"]
    planned: Time | None
    estimated: Time | None
    actual: Time | None


class JourneyEvent(msgspec.Struct):
    """What happened, when and where; `late` was heard of late, `corrected` replaces what was wrong."""

    occurred_at: Time
    status: str
    substatus: str | None
    place: str | None
    late: bool
    corrected: bool


class PublicPosition(msgspec.Struct):
    """Where the parcel was, in degrees with two decimals (about 1.1 km)."""

    lat: float
    lon: float
    occurred_at: Time


class Links(msgspec.Struct):
    """Where this answer is, and where its live socket is."""

    self: str
    live: str


class PublicAnswer(msgspec.Struct):
    """What anybody may know about a shipment; newest event first."""

    shipment_id: str
    status: str
    substatus: str | None
    status_text: str
    leg: Literal["forward", "return"]
    status_at: Time | None
    updated_at: Time | None
    is_delayed: bool
    delay: Lateness | None
    eta: Estimate | None
    promised: TimeSpan | None
    milestones: list[Milestone]
    events: Annotated[list[JourneyEvent], Meta(max_length=20)]
    position: PublicPosition | None
    state_version: int
    state_hash: str
    links: Links


class RecipientAnswer(msgspec.Struct):
    """The recipient as booked; the phone number in E.164."""

    name: str
    phone: str
    email: str
    address: str
    pin_code: str
    language: str
    consent: dict[str, bool]


class ShipmentAnswer(msgspec.Struct):
    """A booking with where it stands; only for the partner who booked it."""

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
    recipient: RecipientAnswer
    metadata: dict[str, str]
    tracking_url: str
    created_at: Time
    state_version: int


class EventOutcome(msgspec.Struct, omit_defaults=True):
    """What became of one event: accepted means durably on the stream."""

    index: int
    event_id: str | None
    outcome: Literal["accepted", "rejected"]
    error: Mistake | None = None


class EventsAnswer(msgspec.Struct):
    """What became of a request's events, in the order given."""

    accepted: int
    rejected: int
    results: list[EventOutcome]


class Problem(msgspec.Struct):
    """A refusal (RFC 9457); `errors` says where in the request, by JSON pointer."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    request_id: str
    errors: list[Mistake]


def describe_shipment(shipment: Shipment, state: ShipmentState | None) -> ShipmentAnswer:
    """The booking, with the state of its timeline; as booked while there is none yet."""
    now = public_answer(state or ShipmentState(shipment_id=shipment.shipment_id))
    return ShipmentAnswer(
        shipment_id=shipment.shipment_id,
        reference=shipment.reference,
        livemode=shipment.livemode,
        status=now["status"] if state else shipment.status,
        substatus=now["substatus"],
        status_at=now["status_at"],
        is_delayed=now["is_delayed"],
        eta=now["eta"],
        promised=_promise(shipment),
        origin_hub=shipment.origin_hub.hub_id if shipment.origin_hub else "",
        destination_hub=shipment.destination_hub.hub_id if shipment.destination_hub else "",
        planned_minutes=shipment.planned_minutes,
        recipient=_recipient(shipment),
        metadata=shipment.metadata,
        tracking_url=customer_link(shipment.shipment_id, shipment.token_n),
        created_at=format_time(shipment.created_at),
        state_version=now["state_version"],
    )


def _recipient(shipment: Shipment) -> RecipientAnswer:
    contact = read_contact(shipment)
    return RecipientAnswer(
        name=contact.name,
        phone=contact.phone,
        email=contact.email,
        address=contact.address,
        pin_code=shipment.pin_code,
        language=shipment.language,
        consent={"sms": shipment.consent_sms, "email": shipment.consent_email},
    )


def _promise(shipment: Shipment) -> TimeSpan | None:
    span: tuple[datetime | Any, datetime | Any] = (shipment.promised_from, shipment.promised_to)
    return TimeSpan(from_=format_time(span[0]), to=format_time(span[1])) if all(span) else None
