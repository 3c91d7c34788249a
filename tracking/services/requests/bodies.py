"""Types of the bodies that partners send, with the limits of every field."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Literal, get_args

import msgspec
from msgspec import UNSET, Meta, UnsetType

from tracking.domain.payload import (
    ID_PATTERN,
    AccuracyM,
    DeviceSeq,
    EventId,
    Heading,
    Id,
    Note,
    SpeedKmh,
    Traceparent,
    Word,
)
from tracking.domain.position import EAST, NORTH, SOUTH, WEST
from tracking.domain.report_rules import SCIENTIFIC
from tracking.services.requests import patterns
from tracking.services.requests.consents import TERMS
from tracking.translation import Language

MAX_EVENTS_PER_REQUEST = 500
MAX_STOPS = 500
# PostgreSQL stores no NUL in a text.
WITHOUT_NUL = r"^[^\x00]*\Z"
VehicleClass = Annotated[str, Meta(max_length=24, pattern=WITHOUT_NUL)]
MAX_BOOKINGS_PER_REQUEST = 500
# An integer is read as its decimal text; one beyond 64 bits is no id.
IntId = Annotated[int, Meta(ge=0, le=2**63 - 1)]
# Exchanged axes are put right before their range is checked, so a latitude may be a longitude of India.
Latitude = Annotated[float, Meta(ge=-90, le=EAST)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]
# Ids that reports name; one in scientific notation is refused with a code of its own.
NewId = Annotated[
    str, Meta(pattern=rf"^{ID_PATTERN}\Z", extra_json_schema={"not": {"pattern": f"^{SCIENTIFIC}$"}})
]
Moment = Annotated[datetime, Meta(tz=True, extra_json_schema={"pattern": patterns.MOMENT})]
EpochLimits = Meta(extra_json_schema={"minimum": patterns.FIRST_EPOCH_S, "maximum": patterns.LAST_EPOCH_MS})
Timestamp = (
    Annotated[str, Meta(extra_json_schema={"format": "date-time", "pattern": patterns.MOMENT})]
    | Annotated[int, EpochLimits]
    | Annotated[float, EpochLimits]
)


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all bodies and queries of partners. An unknown field is refused."""


if TYPE_CHECKING:

    class Consent(Request, frozen=True):
        """View of the type checker on the struct made below: boolean fields, none required."""

        def __init__(self, **stated: bool) -> None: ...

else:
    Consent = msgspec.defstruct(
        "Consent",
        [(term.field, bool, term.default) for term in TERMS if term.field],
        bases=(Request,),
        module=__name__,
        namespace={"__doc__": "Transports over which the recipient agreed to be notified."},
        frozen=True,
    )

Name = Annotated[str, Meta(min_length=1, max_length=120, pattern=WITHOUT_NUL)]
PinCode = Annotated[str, Meta(pattern=r"^[1-9][0-9]{5}\Z")]
Phone = Annotated[str, Meta(max_length=20, extra_json_schema={"pattern": patterns.PHONE})]
Email = Annotated[str, Meta(max_length=254, extra_json_schema={"pattern": patterns.EMAIL})]
Address = Annotated[str, Meta(max_length=300, pattern=WITHOUT_NUL)]
PlannedMinutes = Annotated[int, Meta(ge=1, le=20160)]
Reference = Annotated[str, Meta(max_length=64, pattern=WITHOUT_NUL)]
Metadata = Annotated[
    dict[
        Annotated[str, Meta(max_length=40, pattern=WITHOUT_NUL)],
        Annotated[str, Meta(max_length=500, pattern=WITHOUT_NUL)],
    ],
    Meta(max_length=50),
]


class DoorPoint(Request, frozen=True):
    """Place of the recipient's door, in degrees."""

    lat: Annotated[float, Meta(ge=SOUTH, le=NORTH)]
    lon: Annotated[float, Meta(ge=WEST, le=EAST)]


class Recipient(Request, frozen=True):
    """Recipient of the parcel. A phone number without a country code is read as Indian.

    With the `point` of the door, attempts and deliveries are checked against the positions of the vehicle.
    """

    name: Name
    pin_code: PinCode
    phone: Phone = ""
    email: Email = ""
    address: Address = ""
    point: DoorPoint | None = None
    language: Language = "en"
    consent: Consent = Consent()


class RecipientChange(Request, frozen=True):
    """Changed fields of a recipient. Fields left out keep their values.

    A new address or PIN code without a `point` removes the point.
    """

    name: Name | UnsetType = UNSET
    pin_code: PinCode | UnsetType = UNSET
    phone: Phone | UnsetType = UNSET
    email: Email | UnsetType = UNSET
    address: Address | UnsetType = UNSET
    point: DoorPoint | UnsetType | None = UNSET
    language: Language | UnsetType = UNSET
    consent: Consent | UnsetType = UNSET


class Promise(Request, frozen=True):
    """Promised delivery window. Times carry a zone."""

    from_: Moment = msgspec.field(name="from")
    to: Moment


class CashOnDelivery(Request, frozen=True):
    """Amount that the recipient pays on delivery: rupees with two decimals, as text."""

    amount: Annotated[str, Meta(pattern=r"^[0-9]{1,7}\.[0-9]{2}\Z")]
    currency: Literal["INR"] = "INR"

    @property
    def rupees(self) -> Decimal:
        """Return the amount as a number."""
        return Decimal(self.amount)


class NewBooking(Request, frozen=True):
    """Shipment to book. Without a `shipment_id` one is generated."""

    reference: Reference
    recipient: Recipient
    origin_hub: Id
    destination_hub: Id
    promised: Promise
    shipment_id: NewId | None = None
    planned_minutes: PlannedMinutes | None = None
    cod: CashOnDelivery | None = None
    metadata: Metadata = {}


class BookingBatch(Request, frozen=True):
    """Up to 500 bookings. Each is booked or refused on its own."""

    shipments: Annotated[list[NewBooking], Meta(min_length=1, max_length=MAX_BOOKINGS_PER_REQUEST)]


class BookingChange(Request, frozen=True):
    """Changed fields of a booking. Fields left out keep their values."""

    recipient: RecipientChange | UnsetType = UNSET
    promised: Promise | UnsetType = UNSET
    reference: Reference | UnsetType = UNSET
    metadata: Metadata | UnsetType = UNSET


class EventReport(Request, frozen=True):
    """One event of a shipment, or of a vehicle with its position. Degrees, km/h, metres.

    `hub_id` is the hub that a scan without a position was made at.

    `timestamp` is RFC 3339 with a zone, or epoch seconds or milliseconds. The default is the time of receipt.
    A position outside India that lies in India once its axes are exchanged is taken so.
    """

    shipment_id: NewId | IntId | None = None
    vehicle_id: NewId | IntId | None = None
    device_id: NewId | IntId | None = None
    device_seq: DeviceSeq | None = 0
    lat: Latitude | None = None
    lon: Longitude | None = None
    status: Word | None = None
    substatus: Word | None = None
    reason_code: Word | None = None
    timestamp: Timestamp | None = None
    event_id: EventId | None = None
    speed_kmh: SpeedKmh | None = None
    heading: Heading | None = None
    accuracy_m: AccuracyM | None = None
    note: Note | None = None
    traceparent: Traceparent | None = None
    hub_id: Id | None = None


class EventReplacement(EventReport, frozen=True):
    """Event that takes the place of another one of the same shipment: what is right."""


RequestResult = Literal["agreed", "not_served", "too_late", "sender_refused"]
_Result = Literal[
    "delivered", "rescheduled", "address_corrected", "sent_back", "compensated", "false_alarm", "other"
]
ResolutionCode = Literal[_Result, RequestResult]
RESOLUTION_CODES: tuple[ResolutionCode, ...] = get_args(ResolutionCode)


class Resolution(Request, frozen=True):
    """Result of an incident.

    `agreed_day` is the day in India to which the delivery moves. When a request for another day is `agreed`
    and there is none, it is the day that was asked for. `rescheduled` without it moves nothing.
    """

    resolution_code: ResolutionCode
    note: Annotated[str, Meta(max_length=200, pattern=WITHOUT_NUL)] | None = None
    agreed_day: date | None = None


class LaneChange(Request, frozen=True):
    """Planned travel time between two hubs."""

    planned_minutes: PlannedMinutes


class TrackedIds(Request, frozen=True):
    """Up to 100 shipments to read in one request."""

    shipment_ids: Annotated[list[Id], Meta(min_length=1, max_length=100)]


class Correction(Request, frozen=True):
    """Correction of an event: retract it, or supersede it by `replacement`.

    A replacement without a `timestamp` takes the time of the event that it replaces.
    """

    kind: Literal["retract", "supersede"]
    reason: Literal["did_not_occur", "incorrect_data"]
    note: Annotated[str, Meta(max_length=200, pattern=WITHOUT_NUL)] | None = None
    replacement: EventReplacement | None = None


class StopRequest(Request, frozen=True):
    """Position of a shipment in the order of stops. The lowest number comes first."""

    shipment_id: Id
    sequence: Annotated[int, Meta(ge=0, le=10_000)]


class NewManifest(Request, frozen=True):
    """Manifest of a vehicle. Without an end it stays open until it is closed.

    The driver's first name is shown to recipients whose parcel is on its way to their door.
    """

    vehicle_id: Id
    starts_at: Moment
    ends_at: Moment | None = None
    driver_first_name: Annotated[str, Meta(max_length=40, pattern=WITHOUT_NUL)] = ""
    stops: Annotated[list[StopRequest], Meta(max_length=MAX_STOPS)] = []


class ManifestChange(Request, frozen=True):
    """Stops to add to a manifest, and shipments to remove. A stop that is on it already is moved."""

    add: Annotated[list[StopRequest], Meta(max_length=MAX_STOPS)] = []
    remove: Annotated[list[Id], Meta(max_length=MAX_STOPS)] = []


class VehicleChange(Request, frozen=True):
    """Changed fields of a vehicle. Fields left out keep their values."""

    label: Annotated[str, Meta(max_length=120, pattern=WITHOUT_NUL)] | UnsetType = UNSET
    vehicle_class: VehicleClass | UnsetType = msgspec.field(name="class", default=UNSET)
    cohort: Annotated[str, Meta(max_length=40, pattern=WITHOUT_NUL)] | UnsetType = UNSET


class NewVehicle(VehicleChange, frozen=True, kw_only=True):
    """Vehicle to register. Its id is the one that its device sends."""

    vehicle_id: NewId


class EventBatch(Request, frozen=True):
    """Up to 500 events of any shipments and vehicles."""

    events: Annotated[list[EventReport], Meta(min_length=1, max_length=MAX_EVENTS_PER_REQUEST)]


class NewProof(Request, frozen=True):
    """Fields of a proof of delivery: what the picture shows, its event, and when it was taken."""

    kind: Literal["photo", "signature"]
    event_id: EventId | None = None
    captured_at: Moment | None = None
