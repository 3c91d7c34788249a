"""Types of the bodies and queries by which partners manage webhook endpoints and deliveries."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from notifications.webhooks.guard import MAX_URL, PUBLIC_URL
from notifications.webhooks.rules.filters import ALL_OF_SHIPMENTS, TYPES
from tracking.domain.payload import Id
from tracking.domain.status import Status
from tracking.services.requests.bodies import Moment, Request
from tracking.services.requests.queries import PageQuery

MAX_REPLAYED = 10_000
# Names in the filter of an endpoint; `shipment.*` stands for each type of a shipment's changes.
FILTER_NAMES = (*TYPES, ALL_OF_SHIPMENTS)

Url = Annotated[str, Meta(max_length=MAX_URL, extra_json_schema={"pattern": PUBLIC_URL})]
TypeName = Annotated[str, Meta(max_length=40, extra_json_schema={"enum": list(FILTER_NAMES)})]
Types = Annotated[list[TypeName], Meta(min_length=1, max_length=50)]
Statuses = Annotated[list[Status], Meta(max_length=50)]
MessageId = Annotated[str, Meta(pattern=r"^msg_[A-Za-z0-9._-]{1,40}\Z")]


class EndpointChange(Request, frozen=True):
    """Changed fields of an endpoint. Fields left out keep their values.

    `types` holds names of types, and `shipment.*` for all changes of shipments. `statuses` narrows the
    changes of shipments to those that lead to one of them; an empty list narrows nothing. `thin` sends ids
    alone. `enabled` true enables a disabled endpoint again, false disables it and drops what waits.
    """

    url: Url | UnsetType = UNSET
    types: Types | UnsetType = UNSET
    statuses: Statuses | UnsetType = UNSET
    thin: bool | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class NewEndpoint(Request, frozen=True):
    """Endpoint to create. Without `types` it gets all changes of shipments; with `thin`, ids alone."""

    url: Url
    types: Types = msgspec.field(default_factory=lambda: [ALL_OF_SHIPMENTS])
    statuses: Statuses = []
    thin: bool = False


class Replay(Request, frozen=True):
    """Webhooks to send again: those with these ids, or those of a period, of which `to` is excluded.

    A period also brings the changes that the endpoint missed while it was disabled or did not exist yet, as
    far as its filter accepts them. Without `to` it ends now.
    """

    message_ids: Annotated[list[MessageId], Meta(min_length=1, max_length=MAX_REPLAYED)] | None = None
    from_: Moment | None = msgspec.field(name="from", default=None)
    to: Moment | None = None


class DeliveryQuery(PageQuery, frozen=True):
    """Filters of deliveries, newest first."""

    endpoint_id: Id | None = None
    outcome: Literal["waiting", "delivered", "failed", "dropped"] | None = None
    type: Annotated[str, Meta(pattern=r"^[a-z_.]{1,40}\Z")] | None = None
    shipment_id: Id | None = None
    message_id: MessageId | None = None
