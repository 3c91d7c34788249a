"""What partners ask lists for, as types: which entries, how many, from where on."""

from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tracking.domain.payload import Id
from tracking.domain.status import Status
from tracking.services.requests.callers import Moment, Reference, Request

Limit = Annotated[int, Meta(ge=1, le=200)]
Cursor = Annotated[str, Meta(max_length=1000)]


class PageQuery(Request, frozen=True):
    """Which page of a list: how many entries, and the `next` of the page before."""

    limit: Limit = 50
    cursor: Cursor | None = None


class ShipmentQuery(PageQuery, frozen=True):
    """Which bookings: in this status, with this reference, changed since; `updated_since` lists by change."""

    status: Status | None = None
    reference: Reference | None = None
    updated_since: Moment | None = None


class EventQuery(PageQuery, frozen=True):
    """Which events of a shipment, by when they happened; those that did not apply only when asked for."""

    order: Literal["asc", "desc"] = "asc"
    include: Literal["rejected"] | None = None


class PastQuery(Request, frozen=True):
    """The answer as it was: from the events recorded by this moment."""

    as_of: Moment | None = None


class FeedQuery(Request, frozen=True):
    """From where on, and which types, with commas between them (`shipment.delayed,shipment.created`)."""

    after: Cursor | None = None
    types: Annotated[str, Meta(max_length=300)] | None = None
    limit: Limit = 50


class IncidentQuery(PageQuery, frozen=True):
    """Which incidents, newest first."""

    state: Literal["open", "resolved"] | None = None
    code: Annotated[str, Meta(pattern=r"^[a-z_]{1,40}\Z")] | None = None
    shipment_id: Id | None = None


class ManifestQuery(PageQuery, frozen=True):
    """Which manifests, newest first."""

    vehicle_id: Id | None = None
    state: Literal["open", "closed"] | None = None


class PositionQuery(PageQuery, frozen=True):
    """From which moment on, and until before which; the last 24 hours unless given."""

    from_: Moment | None = msgspec.field(name="from", default=None)
    to: Moment | None = None


class UsageQuery(Request, frozen=True):
    """From which day to which (UTC), both included; the last 30 days unless given."""

    from_: date | None = msgspec.field(name="from", default=None)
    to: date | None = None
