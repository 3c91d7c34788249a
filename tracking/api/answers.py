"""What the API answers, as types: the document is made from them."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tracking.services.reading.change_answers import Estimate, Time
from tracking.services.requests.refusals import Mistake


class TimeSpan(msgspec.Struct):
    """From when to when, RFC 3339 UTC."""

    from_: Time = msgspec.field(name="from")
    to: Time


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


class ExactPosition(msgspec.Struct):
    """Where the parcel was, in degrees, as exactly as it was reported."""

    lat: float
    lon: float
    occurred_at: Time


class TrackingAnswer(PublicAnswer):
    """What the partner who booked a shipment may know of it; newest event first."""

    position: ExactPosition | None
    vehicle_id: str | None
    attempts: int
    livemode: bool


class TrackingBatch(msgspec.Struct):
    """The shipments that were found, in the order asked for, and the ids of those that were not."""

    found: list[TrackingAnswer]
    not_found: list[str]


class AcceptedEvent(msgspec.Struct):
    """An event that is durably on the stream; it counts within a second."""

    event_id: str


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
