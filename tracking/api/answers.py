"""Types of the API's answers on tracking. The OpenAPI document is made from them."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tracking.services.reading.change_answers import Estimate, Time
from tracking.services.requests.refusals import Mistake


class TimeSpan(msgspec.Struct):
    """Time span, RFC 3339 UTC."""

    from_: Time = msgspec.field(name="from")
    to: Time


class Lateness(msgspec.Struct):
    """Lateness: minutes by which the promise is likely missed (0 if only reported), cause and start."""

    minutes: int
    cause: str
    since: Time | None


class Milestone(msgspec.Struct):
    """Milestone of a shipment."""

    code: Literal["created", "picked_up", "in_transit", "out_for_delivery", "delivered"]
    state: Literal["done", "current", "upcoming", "skipped"]
    planned: Time | None
    estimated: Time | None
    actual: Time | None


class JourneyEvent(msgspec.Struct):
    """Event of the journey. `late`: it was reported late. `corrected`: it replaces a wrong event."""

    occurred_at: Time
    status: str
    substatus: str | None
    place: str | None
    late: bool
    corrected: bool


class PublicPosition(msgspec.Struct):
    """Position in degrees with two decimals (about 1.1 km)."""

    lat: float
    lon: float
    occurred_at: Time


class Links(msgspec.Struct):
    """URL of this answer, and of its live socket."""

    self: str
    live: str


class PublicAnswer(msgspec.Struct):
    """Public state of a shipment. Newest event first.

    `under_review`: the reported attempt or delivery is being checked.
    """

    shipment_id: str
    status: str
    substatus: str | None
    status_text: str
    leg: Literal["forward", "return"]
    status_at: Time | None
    updated_at: Time | None
    is_delayed: bool
    delay: Lateness | None
    under_review: bool
    eta: Estimate | None
    promised: TimeSpan | None
    milestones: list[Milestone]
    events: Annotated[list[JourneyEvent], Meta(max_length=20)]
    position: PublicPosition | None
    state_version: int
    state_hash: str
    links: Links


class ExactPosition(msgspec.Struct):
    """Position in degrees, as exact as it was reported."""

    lat: float
    lon: float
    occurred_at: Time


class TrackingAnswer(PublicAnswer):
    """State of a shipment for the partner that booked it. Newest event first."""

    position: ExactPosition | None
    vehicle_id: str | None
    attempts: int
    livemode: bool


class TrackingBatch(msgspec.Struct):
    """Shipments found, in the order of the request, and the ids of those not found."""

    found: list[TrackingAnswer]
    not_found: list[str]


class AcceptedEvent(msgspec.Struct):
    """Event that is durably on the stream. It takes effect within a second."""

    event_id: str


class EventOutcome(msgspec.Struct, omit_defaults=True):
    """Result of one event. `accepted`: it is durably on the stream."""

    index: int
    event_id: str | None
    outcome: Literal["accepted", "rejected"]
    error: Mistake | None = None


class EventsAnswer(msgspec.Struct):
    """Results of the events of a request, in the order given."""

    accepted: int
    rejected: int
    results: list[EventOutcome]


class Problem(msgspec.Struct):
    """Problem details (RFC 9457). `errors` locates each mistake in the request by JSON pointer."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    code: str
    request_id: str
    errors: list[Mistake]
