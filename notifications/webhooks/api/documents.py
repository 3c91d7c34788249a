"""Documents of webhooks and sockets, made from the types of the code: JSON Schemas, and AsyncAPI 3."""

from typing import Any, Literal

import msgspec

from notifications.webhooks.rules.filters import (
    DISABLED,
    INCIDENT_OPENED,
    INCIDENT_RESOLVED,
    SHIPMENT_PREFIX,
    TEST,
    TYPES,
)
from tracking.api.answers import PublicAnswer, Time
from tracking.api.event_answers import FeedData
from tracking.api.schema import tidy_schema
from tracking.services.reading.incident_answers import IncidentAnswer

DIALECT = "https://json-schema.org/draft/2020-12/schema"
# Folder of the schemas, as the AsyncAPI document refers to it.
SCHEMAS = "schemas/webhooks"


class ThinData(msgspec.Struct):
    """Ids of a change and its shipment, for an endpoint with `thin` or a body over 20 KB. Read the rest."""

    change_id: str
    shipment_id: str
    state_version: int
    livemode: bool


class IncidentData(msgspec.Struct):
    """Incident of a shipment or a vehicle of yours."""

    incident: IncidentAnswer
    livemode: bool


class TestData(msgspec.Struct):
    """Endpoint that a test was asked for."""

    endpoint_id: str
    livemode: bool


class DisabledData(msgspec.Struct):
    """Other endpoint of yours that was disabled because of its answers."""

    endpoint_id: str
    url: str
    disabled_at: Time
    disabled_reason: Literal["gone", "failed_too_long"]
    failing_since: Time | None
    livemode: bool


class Connected(msgspec.Struct):
    """First frame of a socket whose client has the newest version already."""

    type: Literal["current"]
    at: Time
    v: int


class Heartbeat(msgspec.Struct):
    """Sign of life with the newest version that was sent, and the seconds to wait before a reconnect."""

    type: Literal["heartbeat"]
    at: Time
    reconnect_s: float
    v: int


class ShipmentFrame(msgspec.Struct):
    """Whole answer: on connecting, and with each new version. A frame with a lower `v` is not sent."""

    type: Literal["snapshot", "state"]
    at: Time
    v: int
    shipment: PublicAnswer
    trace: dict[str, Any] | None = None


class PositionFrame(msgspec.Struct):
    """New position of the vehicle, in degrees with two decimals, at most every two seconds."""

    type: Literal["position"]
    vehicle_version: int
    lat: float
    lon: float
    occurred_at: Time


FRAMES = (Connected, Heartbeat, ShipmentFrame, PositionFrame)
_DATA: dict[str, tuple[type, ...]] = {
    INCIDENT_OPENED: (IncidentData,),
    INCIDENT_RESOLVED: (IncidentData,),
    TEST: (TestData,),
    DISABLED: (DisabledData,),
}


def describe_type(type_name: str) -> dict[str, Any]:
    """Return the JSON Schema of the body of a webhook of this type."""
    is_of_shipment = type_name.startswith(SHIPMENT_PREFIX)
    kinds = (FeedData, ThinData) if is_of_shipment else _DATA[type_name]
    refs, schemas = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    timestamp = {"type": "string", "format": "date-time"}
    data = refs[0] if len(refs) == 1 else {"anyOf": list(refs)}
    return {
        "$schema": DIALECT,
        "title": type_name,
        "type": "object",
        "required": ["type", "timestamp", "data"],
        "properties": {"type": {"const": type_name}, "timestamp": timestamp, "data": data},
        "$defs": {name: tidy_schema(schemas[name]) for name in sorted(schemas)},
    }


def describe_messages() -> dict[str, Any]:
    """Return the AsyncAPI 3 document of the webhooks that we send, and of the socket of a shipment."""
    _, schemas = msgspec.json.schema_components(FRAMES, ref_template="#/components/schemas/{name}")
    webhooks = {name: _describe_message(name) for name in TYPES}
    frames = {
        kind.__name__: {"payload": {"$ref": f"#/components/schemas/{kind.__name__}"}} for kind in FRAMES
    }
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "SwiftLogix webhooks and sockets",
            "version": "1",
            "description": "Messages that we send: webhooks to your endpoints, and frames to open sockets.",
        },
        "channels": {
            "webhooks": {
                "address": None,
                "title": "Your webhook endpoint",
                "messages": {name: {"$ref": _point("messages", name)} for name in TYPES},
                "bindings": {"http": {"bindingVersion": "0.3.0"}},
            },
            "shipment": {
                "address": "/ws/track/{subject}/",
                "title": "Socket of one shipment",
                "parameters": {"subject": {"description": "Shipment id, or token of the recipient's link."}},
                "messages": {name: {"$ref": _point("messages", name)} for name in frames},
                "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
            },
        },
        "operations": {
            "sendWebhook": {
                "action": "send",
                "channel": {"$ref": "#/channels/webhooks"},
                "bindings": {"http": {"method": "POST", "bindingVersion": "0.3.0"}},
            },
            "sendFrame": {"action": "send", "channel": {"$ref": "#/channels/shipment"}},
        },
        "components": {
            "messages": webhooks | frames,
            "schemas": {name: tidy_schema(schemas[name]) for name in sorted(schemas)},
        },
    }


def _describe_message(name: str) -> dict[str, Any]:
    headers = {
        "type": "object",
        "required": ["webhook-id", "webhook-timestamp", "webhook-signature"],
        "properties": {
            "webhook-id": {"type": "string", "description": "Same on each attempt and replay."},
            "webhook-timestamp": {"type": "string", "description": "Seconds since 1970 of the attempt."},
            "webhook-signature": {"type": "string", "description": "`v1,` and base64; two while rotating."},
        },
    }
    return {
        "name": name,
        "contentType": "application/json",
        "headers": headers,
        "payload": {"$ref": f"{SCHEMAS}/{name}.json"},
    }


def _point(room: str, name: str) -> str:
    return f"#/components/{room}/{name}"
