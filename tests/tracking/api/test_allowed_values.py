"""Each field of the partner API with a closed list of values names them when it refuses another one."""

import json
import re

import msgspec
import pytest

from notifications.webhooks.requests import DeliveryQuery, EndpointChange, NewEndpoint
from tracking.api.allowed_values import list_allowed
from tracking.api.bodies import read_body
from tracking.domain.status import Status
from tracking.services.requests import bodies, queries
from tracking.services.requests.bodies import Correction, NewBooking, RecipientChange
from tracking.services.requests.queries import EventQuery, ShipmentQuery
from tracking.services.requests.refusals import RequestRefusedError


@pytest.mark.parametrize(
    ("kind", "pointer", "allowed"),
    [
        (NewEndpoint, "/statuses/3", tuple(Status)),
        (EndpointChange, "/statuses/0", tuple(Status)),
        (ShipmentQuery, "/status", tuple(Status)),
        (EventQuery, "/order", ("asc", "desc")),
        (DeliveryQuery, "/outcome", ("delivered", "dropped", "failed", "waiting")),
        (Correction, "/kind", ("retract", "supersede")),
        (NewBooking, "/recipient/language", ("en", "hi", "ta")),
        (NewBooking, "/cod/currency", ("INR",)),
        (RecipientChange, "/language", ("en", "hi", "ta")),
        (NewBooking, "/reference", ()),
        (NewBooking, "/nothing/at/all", ()),
        (dict[str, int], "/a", ()),
    ],
)
def test_the_allowed_values_of_a_field_are_found_by_its_pointer(kind, pointer, allowed):
    assert sorted(list_allowed(kind, pointer)) == sorted(allowed)


def list_closed(kind, pointer=""):
    """Yield the pointer of each field of a request that has a closed list of values, lists at entry 0."""
    schema = msgspec.json.schema(kind)
    parts = schema.get("$defs", {})

    def walk(part, at):
        if "$ref" in part:
            part = parts[part["$ref"].rpartition("/")[2]]
        # A type of webhooks is text whose list only the document shows.
        if "enum" in part and not at.startswith("/types"):
            yield at
        for one in part.get("anyOf", []):
            yield from walk(one, at)
        for name, inner in part.get("properties", {}).items():
            yield from walk(inner, f"{at}/{name}")
        if "items" in part:
            yield from walk(part["items"], f"{at}/0")

    return list(walk(schema, pointer))


KINDS = sorted(
    {
        kind
        for module in (bodies, queries)
        for kind in vars(module).values()
        if isinstance(kind, type) and issubclass(kind, bodies.Request)
    }
    | {NewEndpoint, EndpointChange, DeliveryQuery},
    key=lambda kind: kind.__name__,
)


def test_every_field_with_a_closed_list_in_the_document_has_its_values():
    closed = [(kind, pointer) for kind in KINDS for pointer in list_closed(kind)]
    assert len(closed) > 15
    assert [found for found in closed if not list_allowed(*found)] == []


def test_a_refused_value_is_answered_with_the_allowed_ones():
    body = {"kind": "undo", "reason": "did_not_occur"}
    detail = re.escape("Invalid enum value 'undo'; allowed: retract, supersede")
    with pytest.raises(RequestRefusedError, match=detail):
        read_body(json.dumps(body).encode(), Correction)
