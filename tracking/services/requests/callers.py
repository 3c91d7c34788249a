"""What partners send, as types with their limits, and how a mistake in it is told."""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Literal, NamedTuple

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tracking.domain.errors import PermanentError
from tracking.domain.payload import EventId, Id, Word
from tracking.models import Partner
from tracking.services.requests.consents import TERMS
from tracking.translation import Language

MAX_EVENTS_A_REQUEST = 500
MAX_STOPS = 500
# PostgreSQL keeps no NUL in a text.
WITHOUT_NUL = r"^[^\x00]*\Z"
VehicleClass = Annotated[str, Meta(max_length=24, pattern=WITHOUT_NUL)]
MAX_BOOKINGS_A_REQUEST = 500
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


if TYPE_CHECKING:

    class Consent(Request, frozen=True):
        """What the type checker knows of the struct made below: fields of truth values, none required."""

        def __init__(self, **stated: bool) -> None: ...

else:
    Consent = msgspec.defstruct(
        "Consent",
        [(term.field, bool, term.default) for term in TERMS if term.field],
        bases=(Request,),
        module=__name__,
        namespace={"__doc__": "Over which transports the recipient agreed to be told."},
        frozen=True,
    )

Name = Annotated[str, Meta(min_length=1, max_length=120)]
PinCode = Annotated[str, Meta(pattern=r"^[1-9][0-9]{5}\Z")]
Phone = Annotated[str, Meta(max_length=20)]
Email = Annotated[str, Meta(max_length=254)]
Address = Annotated[str, Meta(max_length=300)]
PlannedMinutes = Annotated[int, Meta(ge=1, le=20160)]
Reference = Annotated[str, Meta(max_length=64, pattern=WITHOUT_NUL)]
Metadata = Annotated[
    dict[
        Annotated[str, Meta(max_length=40, pattern=WITHOUT_NUL)],
        Annotated[str, Meta(max_length=500, pattern=WITHOUT_NUL)],
    ],
    Meta(max_length=50),
]


class Recipient(Request, frozen=True):
    """Who receives the parcel. A phone number without a country is read as Indian."""

    name: Name
    pin_code: PinCode
    phone: Phone = ""
    email: Email = ""
    address: Address = ""
    language: Language = "en"
    consent: Consent = Consent()


class RecipientChange(Request, frozen=True):
    """What changes of a recipient; fields left out stay as they are."""

    name: Name | UnsetType = UNSET
    pin_code: PinCode | UnsetType = UNSET
    phone: Phone | UnsetType = UNSET
    email: Email | UnsetType = UNSET
    address: Address | UnsetType = UNSET
    language: Language | UnsetType = UNSET
    consent: Consent | UnsetType = UNSET


class Promise(Request, frozen=True):
    """The promised span of delivery; times with a zone."""

    from_: Moment = msgspec.field(name="from")
    to: Moment


class CashOnDelivery(Request, frozen=True):
    """What the recipient pays at the door: rupees with two decimals, as text."""

    amount: Annotated[str, Meta(pattern=r"^[0-9]{1,7}\.[0-9]{2}\Z")]
    currency: Literal["INR"] = "INR"

    @property
    def rupees(self) -> Decimal:
        """The amount as a number."""
        return Decimal(self.amount)


class NewBooking(Request, frozen=True):
    """A shipment to be booked; without a `shipment_id` we make one."""

    reference: Reference
    recipient: Recipient
    origin_hub: Id
    destination_hub: Id
    promised: Promise
    shipment_id: Id | None = None
    planned_minutes: PlannedMinutes | None = None
    cod: CashOnDelivery | None = None
    metadata: Metadata = {}


class BookingBatch(Request, frozen=True):
    """Up to 500 bookings; each is kept or refused for itself."""

    shipments: Annotated[list[NewBooking], Meta(min_length=1, max_length=MAX_BOOKINGS_A_REQUEST)]


class BookingChange(Request, frozen=True):
    """What changes of a booking; fields left out stay as they are."""

    recipient: RecipientChange | UnsetType = UNSET
    promised: Promise | UnsetType = UNSET
    reference: Reference | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET


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


class Resolution(Request, frozen=True):
    """How an incident ended."""

    resolution_code: Literal[
        "delivered", "rescheduled", "address_corrected", "sent_back", "compensated", "false_alarm", "other"
    ]
    note: Annotated[str, Meta(max_length=200, pattern=WITHOUT_NUL)] | None = None


class LaneChange(Request, frozen=True):
    """How long the way between two hubs is planned to take."""

    planned_minutes: PlannedMinutes


class TrackedIds(Request, frozen=True):
    """Up to 100 shipments to be read at once."""

    shipment_ids: Annotated[list[Id], Meta(min_length=1, max_length=100)]


class Correction(Request, frozen=True):
    """What is wrong with an event: it did not happen, or happened otherwise, as `replacement` tells.

    A replacement without a `timestamp` happened when the event it replaces did.
    """

    kind: Literal["retract", "supersede"]
    reason: Literal["did_not_occur", "incorrect_data"]
    note: Annotated[str, Meta(max_length=200)] | None = None
    replacement: EventReport | None = None


class StopRequest(Request, frozen=True):
    """A shipment's place in the order of stops; the lowest comes first."""

    shipment_id: Id
    sequence: Annotated[int, Meta(ge=0, le=10_000)]


class NewManifest(Request, frozen=True):
    """A run of a vehicle; without an end it lasts until it is closed."""

    vehicle_id: Id
    starts_at: Moment
    ends_at: Moment | None = None
    stops: Annotated[list[StopRequest], Meta(max_length=MAX_STOPS)] = []


class ManifestChange(Request, frozen=True):
    """Stops that join a manifest, and shipments that leave it; who is on it already takes the new place."""

    add: Annotated[list[StopRequest], Meta(max_length=MAX_STOPS)] = []
    remove: Annotated[list[Id], Meta(max_length=MAX_STOPS)] = []


class VehicleChange(Request, frozen=True):
    """What a partner says of a vehicle; what is left out stays as it is."""

    label: Annotated[str, Meta(max_length=120, pattern=WITHOUT_NUL)] | UnsetType = UNSET
    vehicle_class: VehicleClass | UnsetType = msgspec.field(name="class", default=UNSET)
    cohort: Annotated[str, Meta(max_length=40, pattern=WITHOUT_NUL)] | UnsetType = UNSET


class NewVehicle(VehicleChange, frozen=True, kw_only=True):
    """A vehicle to be registered; its id is the one its device sends."""

    vehicle_id: Id


class EventBatch(Request, frozen=True):
    """Up to 500 events of any shipments."""

    events: Annotated[list[EventReport], Meta(min_length=1, max_length=MAX_EVENTS_A_REQUEST)]


class NewProof(Request, frozen=True):
    """What is said of a picture: what it shows, which event it belongs to, and when it was taken."""

    kind: Literal["photo", "signature"]
    event_id: EventId | None = None
    captured_at: Moment | None = None
