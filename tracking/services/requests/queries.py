"""Types of the query parameters of the partner API."""

from datetime import date
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from tracking.domain.events import ChangeType
from tracking.domain.payload import Id
from tracking.domain.status import Status
from tracking.services.requests import patterns
from tracking.services.requests.bodies import Moment, Reference, Request

TYPE_PREFIX = "shipment."
FEED_TYPES = tuple(TYPE_PREFIX + name for name in ChangeType.__args__)  # type: ignore[attr-defined]
Limit = Annotated[int, Meta(ge=1, le=200)]
Cursor = Annotated[str, Meta(min_length=1, max_length=1000, extra_json_schema={"pattern": patterns.CURSOR})]
Day = Annotated[date, Meta(extra_json_schema={"pattern": patterns.DAY})]
FeedTypes = Annotated[
    str, Meta(max_length=300, extra_json_schema={"pattern": patterns.list_of_words(FEED_TYPES)})
]


class PageQuery(Request, frozen=True):
    """Page of a list: number of entries, and the `next` cursor of the previous page."""

    limit: Limit = 50
    cursor: Cursor | None = None


class ShipmentQuery(PageQuery, frozen=True):
    """Filters of bookings. With `updated_since` they are listed by their last change."""

    status: Status | None = None
    reference: Reference | None = None
    updated_since: Moment | None = None


class EventQuery(PageQuery, frozen=True):
    """Events of a shipment, ordered by when they happened. Events that were not applied only on request."""

    order: Literal["asc", "desc"] = "asc"
    include: Literal["rejected"] | None = None


class PastQuery(Request, frozen=True):
    """Point in time: the answer is computed from the events recorded up to it."""

    as_of: Moment | None = None


class FeedQuery(Request, frozen=True):
    """Start of a feed page, and its types, separated by commas (`shipment.delayed,shipment.created`)."""

    after: Cursor | None = None
    types: FeedTypes | None = None
    limit: Limit = 50


class IncidentQuery(PageQuery, frozen=True):
    """Filters of incidents, newest first."""

    state: Literal["open", "resolved"] | None = None
    code: Annotated[str, Meta(pattern=r"^[a-z_]{1,40}\Z")] | None = None
    shipment_id: Id | None = None


class ManifestQuery(PageQuery, frozen=True):
    """Filters of manifests, newest first."""

    vehicle_id: Id | None = None
    state: Literal["open", "closed"] | None = None


class PositionQuery(PageQuery, frozen=True):
    """Period of positions: from `from` (included) to `to` (excluded). The default is the last 24 hours."""

    from_: Moment | None = msgspec.field(name="from", default=None)
    to: Moment | None = None


class UsageQuery(Request, frozen=True):
    """Period of days (UTC), both ends included. The default is the last 30 days."""

    from_: Day | None = msgspec.field(name="from", default=None)
    to: Day | None = None
