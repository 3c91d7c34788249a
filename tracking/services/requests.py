"""What partners send, as types with their limits, and how a mistake in it is told."""

from datetime import datetime
from typing import Annotated, Literal, NamedTuple

import msgspec
from msgspec import Meta

from tracking.domain.errors import PermanentError
from tracking.domain.payload import EventId, Id, Word
from tracking.models import Partner

MAX_EVENTS_A_REQUEST = 500
# An integer is read as its string; beyond 64 bits it is no id.
IntId = Annotated[int, Meta(ge=0, le=2**63 - 1)]
Moment = Annotated[datetime, Meta(tz=True)]


class Caller(NamedTuple):
    """Who calls: the partner, whether its key is a live one, and the key itself as an actor's name."""

    partner: Partner
    livemode: bool
    actor: str


class Staff(NamedTuple):
    """An operator at the console; `actor` names the account, never a person."""

    actor: str


class Mistake(msgspec.Struct, frozen=True):
    """One thing wrong with a request: where (a JSON pointer), which code, and in words."""

    pointer: str
    code: str
    detail: str


class RequestRefusedError(PermanentError):
    """The request cannot be right as it stands; `mistakes` says why."""

    def __init__(self, mistakes: list[Mistake]) -> None:
        super().__init__("; ".join(mistake.detail for mistake in mistakes))
        self.mistakes = mistakes


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What comes from a partner: a field nobody knows is a mistake, and said to be one."""


class Consent(Request, frozen=True):
    """Over which transports the recipient agreed to be told."""

    sms: bool = False
    email: bool = False


class Recipient(Request, frozen=True):
    """Who receives the parcel. A phone number without a country is read as Indian."""

    name: Annotated[str, Meta(min_length=1, max_length=120)]
    pin_code: Annotated[str, Meta(pattern=r"^[1-9][0-9]{5}\Z")]
    phone: Annotated[str, Meta(max_length=20)] = ""
    email: Annotated[str, Meta(max_length=254)] = ""
    address: Annotated[str, Meta(max_length=300)] = ""
    language: Literal["en", "hi", "ta"] = "en"
    consent: Consent = Consent()


class Promise(Request, frozen=True):
    """The promised span of delivery; times with a zone."""

    from_: Moment = msgspec.field(name="from")
    to: Moment


class NewBooking(Request, frozen=True):
    """A shipment to be booked; without a `shipment_id` we make one."""

    reference: Annotated[str, Meta(max_length=64)]
    recipient: Recipient
    origin_hub: Id
    destination_hub: Id
    promised: Promise
    shipment_id: Id | None = None
    planned_minutes: Annotated[int, Meta(ge=1, le=20160)] | None = None
    metadata: Annotated[
        dict[Annotated[str, Meta(max_length=40)], Annotated[str, Meta(max_length=500)]], Meta(max_length=50)
    ] = {}


class EventReport(Request, frozen=True):
    """One event: a shipment, or a vehicle with its position. Degrees, km/h, metres.

    `timestamp` is RFC 3339 with a zone, or epoch seconds or milliseconds; without one, the time of receipt.
    """

    shipment_id: Id | IntId | None = None
    vehicle_id: Id | IntId | None = None
    device_id: Id | IntId | None = None
    device_seq: Annotated[int, Meta(ge=0, le=2**53)] = 0
    lat: Annotated[float, Meta(ge=-90, le=90)] | None = None
    lon: Annotated[float, Meta(ge=-180, le=180)] | None = None
    status: Word | None = None
    substatus: Word | None = None
    reason_code: Word | None = None
    timestamp: str | int | float | None = None
    event_id: EventId | None = None
    speed_kmh: Annotated[float, Meta(ge=0, le=300)] | None = None
    heading: Annotated[float, Meta(ge=0, le=360)] | None = None
    accuracy_m: Annotated[float, Meta(ge=0, le=10_000)] | None = None
    note: Annotated[str, Meta(max_length=200)] | None = None
    traceparent: Annotated[str, Meta(max_length=55)] | None = None


class Correction(Request, frozen=True):
    """What is wrong with an event: it did not happen, or happened otherwise, as `replacement` tells.

    A replacement without a `timestamp` happened when the event it replaces did.
    """

    kind: Literal["retract", "supersede"]
    reason: Literal["did_not_occur", "incorrect_data"]
    note: Annotated[str, Meta(max_length=200)] | None = None
    replacement: EventReport | None = None


class EventBatch(Request, frozen=True):
    """Up to 500 events of any shipments."""

    events: Annotated[list[EventReport], Meta(min_length=1, max_length=MAX_EVENTS_A_REQUEST)]
