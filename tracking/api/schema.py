"""OpenAPI document, made from the types that decode requests and build answers."""

from inspect import cleandoc
from typing import Any

import msgspec
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from tracking.api.answers import Problem
from tracking.api.links import links_from
from tracking.api.public_schema import describe_public
from tracking.domain.payload import ID_PATTERN
from tracking.domain.position import NORTH, SOUTH

JSON = "application/json"
FORM = "multipart/form-data"
# Name of the picture in a form.
FILE = "file"
PROBLEM_JSON = "application/problem+json"
STATUS_TEXTS = {
    200: "Success",
    201: "Created",
    202: "Accepted: durably on the stream",
    204: "Success without content",
    304: "Your version is current",
    400: "The body is malformed",
    401: "No valid key",
    403: "The key lacks the scope",
    404: "Not found, or another partner's",
    405: "Method not allowed",
    406: "The API answers in JSON",
    409: "Conflict with the current state, or the same request is still running; see `code`",
    410: "No longer stored",
    412: "Changed since you read it",
    413: "Body too large",
    415: "Media type not supported",
    422: "Invalid request; `errors` locates each mistake",
    429: "Too many requests; retry after `Retry-After` seconds",
    503: "Temporarily unavailable; send the request again",
}
# Schema of an id in a path.
ID = {"type": "string", "pattern": f"^{ID_PATTERN}$".replace(r"\Z", "$")}
# Statuses of every operation, and those of operations with a request body.
ALWAYS = (401, 403, 406, 429, 503)
WITH_BODY = (400, 413, 415, 422)

# Groups of operations, in the order in which a partner uses them.
TAGS = [
    {"name": "shipments", "description": "Book, change and cancel."},
    {"name": "events", "description": "Report what happened, correct it, and follow every change."},
    {"name": "tracking", "description": "Read where a parcel is and when it arrives."},
    {"name": "webhooks", "description": "Have changes sent to your server."},
    {"name": "proofs", "description": "Add and show pictures of deliveries."},
    {"name": "vehicles", "description": "Register vehicles, and say what is aboard."},
    {"name": "lanes", "description": "Plan how long the way between two hubs takes."},
    {"name": "incidents", "description": "List open incidents and resolve them."},
    {"name": "usage", "description": "See how much was used."},
]

# Examples in the docs, by type.
EXAMPLES: dict[str, Any] = {
    "EventReport": {"shipment_id": "123", "lat": 12.9716, "lon": 77.5946, "status": "in_transit"},
    "NewBooking": {
        "reference": "order-77",
        "recipient": {
            "name": "Asha Raghavan",
            "pin_code": "560034",
            "phone": "+919845012345",
            "language": "en",
            "consent": {"sms": True, "email": False},
        },
        "origin_hub": "BLR-PNY",
        "destination_hub": "BLR-WFD",
        "promised": {"from": "2026-11-22T13:00:00+05:30", "to": "2026-11-22T16:00:00+05:30"},
    },
}


_BOTH_AXES: dict[str, Any] = {
    "required": ["lat", "lon"],
    "properties": {"lat": {"type": "number"}, "lon": {"type": "number"}},
}
_NO_AXIS = {"properties": {"lat": {"type": "null"}, "lon": {"type": "null"}}}
_POSITION = {"anyOf": [_BOTH_AXES, _NO_AXIS]}
# A latitude beyond 90 is a longitude: the position lies in India once its axes are exchanged.
_ON_GLOBE = {
    "anyOf": [
        {"properties": {"lat": {"type": ["number", "null"], "maximum": 90}}},
        {"properties": {"lon": {"type": "number", "minimum": SOUTH, "maximum": NORTH}}},
    ]
}
# A vehicle at (0, 0) has no position yet.
_NOT_ZERO = {
    "anyOf": [
        {"properties": {axis: {"type": "number", bound: 0}}}
        for axis in ("lat", "lon")
        for bound in ("exclusiveMinimum", "exclusiveMaximum")
    ]
}
_ID = {"type": ["string", "integer"]}
_SUBJECT = {
    "anyOf": [
        {"required": ["shipment_id"], "properties": {"shipment_id": _ID}},
        {"required": ["vehicle_id"], "properties": {"vehicle_id": _ID}, "allOf": [_BOTH_AXES, _NOT_ZERO]},
    ]
}
_RETRACT = {"properties": {"kind": {"const": "retract"}, "replacement": {"type": "null"}}}
_SUPERSEDE = {
    "required": ["replacement"],
    "properties": {"kind": {"const": "supersede"}, "replacement": {"type": "object"}},
}
# Rules about several fields of a request body, by type.
RULES: dict[str, list[dict[str, Any]]] = {
    "EventReport": [_POSITION, _ON_GLOBE, _SUBJECT],
    "EventReplacement": [_POSITION, _ON_GLOBE],
    "Correction": [{"anyOf": [_RETRACT, _SUPERSEDE]}],
}

# Lists whose entries are taken or refused one by one, by type.
BATCHES = {"BookingBatch": "shipments", "EventBatch": "events"}
OTHER_ENTRY = {"description": "Any other value is refused by itself; `results` says why."}


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Description of the API keys in the document."""

    target_class = "tracking.api.keys.ApiKeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:  # noqa: ARG002 - the caller passes it
        """Return the security scheme: a bearer token."""
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "slx_<live|test>_<8 id>_<43 secret>",
        }


# Types of all request and response bodies, in the order of first use.
_kinds: dict[type, None] = {}


def body_of(*kinds: type) -> dict[str, Any]:
    """Return the request body of one of these types, for `extend_schema`."""
    refs = [_ref(kind) for kind in kinds]
    return {JSON: refs[0] if len(refs) == 1 else {"anyOf": refs}}


def form_of(kind: type) -> dict[str, Any]:
    """Return the form with the fields of this type and a picture, for `extend_schema`."""
    _, schemas = msgspec.json.schema_components([kind], ref_template="{name}")
    described = _inline(schemas[kind.__name__], schemas)
    fields = {name: _without_null(schema) for name, schema in described["properties"].items()}
    fields[FILE] = {"type": "string", "format": "binary"}
    return {FORM: described | {"properties": fields, "required": [*described.get("required", []), FILE]}}


def add_rules(name: str, rules: list[dict[str, Any]]) -> None:
    """Add rules about several fields of a request body of another app, in the form of `RULES`."""
    RULES[name] = rules


def query_of(kind: type) -> list[OpenApiParameter]:
    """Return the query parameters of this type, for `extend_schema`."""
    _, schemas = msgspec.json.schema_components([kind], ref_template="{name}")
    described = schemas[kind.__name__]
    required = described.get("required", [])
    return [
        OpenApiParameter(name, _without_null(_inline(schema, schemas)), required=name in required)
        for name, schema in described["properties"].items()
    ]


def responses(good: dict[int, type | None], *refused: int) -> dict[Any, Any]:
    """Return the responses of an operation, for `extend_schema`: successes and its own refusals."""
    described: dict[Any, Any] = {}
    for status, kind in good.items():
        response = _ref(kind) if kind else None
        described[(status, JSON) if kind else status] = OpenApiResponse(
            response, description=STATUS_TEXTS[status]
        )
    for status in refused:
        described[status, PROBLEM_JSON] = OpenApiResponse(_ref(Problem), description=STATUS_TEXTS[status])
    return described


def complete_document(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Add shared responses, types and the public operations. Hook of drf-spectacular."""
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            add_shared(path, method, operation)
    result["tags"] = TAGS
    result["paths"] |= describe_public(_answer, ID, STATUS_TEXTS[304])
    _, schemas = msgspec.json.schema_components(_kinds, ref_template="#/components/schemas/{name}")
    for name, example in EXAMPLES.items():
        schemas[name]["examples"] = [example]
    for name, rules in RULES.items():
        schemas[name]["allOf"] = rules
    for name, field in BATCHES.items():
        entries = schemas[name]["properties"][field]
        if name == "EventBatch":
            # Without one valid event the whole request is refused.
            entries["contains"] = entries["items"]
        entries["items"] = {"anyOf": [entries["items"], OTHER_ENTRY]}
    result["components"]["schemas"] = {name: tidy_schema(schemas[name]) for name in sorted(schemas)}
    return result


def add_shared(path: str, method: str, operation: dict[str, Any]) -> None:
    """Add the parameters and responses that all operations of this kind share."""
    statuses = set(ALWAYS)
    statuses |= {404} if "{" in path else set()
    statuses |= set(WITH_BODY) if "requestBody" in operation else set()
    statuses |= {409, 422} if "requestBody" in operation or method == "post" else set()
    statuses |= (
        {422} if any(parameter["in"] == "query" for parameter in operation.get("parameters", [])) else set()
    )
    if "requestBody" in operation:
        _complete_body(operation["requestBody"])
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            parameter["schema"] = ID
    names = {parameter["name"] for parameter in operation.get("parameters", [])}
    statuses |= {404} if names & {"cursor", "after"} else set()
    statuses |= {409} if "from" in names else set()
    answers = operation["responses"]
    for status in statuses - {int(status) for status in answers}:
        answers[str(status)] = _content(status, PROBLEM_JSON, Problem)
    if method == "get":
        answers["304"] = {"description": STATUS_TEXTS[304]}
    for status, answer in answers.items():
        if links := links_from(operation["operationId"], status):
            answer["links"] = links
    operation["responses"] = dict(sorted(answers.items()))
    operation["parameters"] = [*operation.get("parameters", []), *_headers_of(method, answers)]


def _complete_body(body: dict[str, Any]) -> None:
    """Add what every request body has: it must be sent, and a file in it is a picture."""
    body["required"] = True
    if FORM in body["content"]:
        body["content"][FORM]["encoding"] = {FILE: {"contentType": "image/jpeg, image/png"}}


def _headers_of(method: str, answers: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the header parameters of an operation besides the key."""
    names = {"get": ["If-None-Match"], "post": ["Idempotency-Key"]}.get(method, [])
    names += ["If-Match"] if "412" in answers else []
    limits = {"Idempotency-Key": {"minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}}
    return [
        {"in": "header", "name": name, "schema": {"type": "string", **limits.get(name, {})}} for name in names
    ]


def _inline(schema: Any, schemas: dict[str, Any]) -> Any:
    """Return the schema with its references resolved, since parameters cannot refer to components."""
    if isinstance(schema, list):
        return [_inline(entry, schemas) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return _inline(schemas[schema["$ref"]], schemas)
    return tidy_schema({key: _inline(value, schemas) for key, value in schema.items()})


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a value in a form or a query, where every value is text and none is null."""
    if "anyOf" not in schema:
        return schema
    kept = [option for option in schema["anyOf"] if option != {"type": "null"}]
    rest = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
    return rest | (kept[0] if len(kept) == 1 else {"anyOf": kept})


def tidy_schema(schema: Any) -> Any:
    r"""Return the schema with patterns in JSON Schema syntax (no `\Z`) and unindented descriptions."""
    if isinstance(schema, list):
        return [tidy_schema(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    tidied = {key: tidy_schema(value) for key, value in schema.items()}
    if isinstance(tidied.get("pattern"), str):
        tidied["pattern"] = tidied["pattern"].replace(r"\Z", "$")
    if isinstance(tidied.get("description"), str):
        tidied["description"] = cleandoc(tidied["description"])
    return tidied


def _answer(status: int, kind: type) -> dict[str, Any]:
    return _content(status, PROBLEM_JSON if kind is Problem else JSON, kind)


def _content(status: int, media_type: str, kind: type) -> dict[str, Any]:
    return {"description": STATUS_TEXTS[status], "content": {media_type: {"schema": _ref(kind)}}}


def _ref(kind: type) -> dict[str, str]:
    _kinds[kind] = None
    return {"$ref": f"#/components/schemas/{kind.__name__}"}
