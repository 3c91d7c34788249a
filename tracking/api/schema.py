"""OpenAPI document, made from the types that decode requests and build answers."""

from inspect import cleandoc
from typing import Any

import msgspec
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse

from tracking.api.answers import Problem, PublicAnswer
from tracking.translation import LANGUAGES

JSON = "application/json"
FORM = "multipart/form-data"
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
ID = {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"}
# Statuses of every operation, and those of operations with a request body.
ALWAYS = (401, 403, 406, 429, 503)
WITH_BODY = (400, 413, 415, 422)

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


class ApiKeyScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """Description of the API keys in the document."""

    target_class = "tracking.api.keys.ApiKeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:  # noqa: ARG002 - as it is called
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


def form_of(kind: type, file: str) -> dict[str, Any]:
    """Return the form with the fields of this type and one file, for `extend_schema`."""
    _, schemas = msgspec.json.schema_components([kind], ref_template="{name}")
    described = _inline(schemas[kind.__name__], schemas)
    fields = described["properties"] | {file: {"type": "string", "format": "binary"}}
    return {FORM: described | {"properties": fields, "required": [*described.get("required", []), file]}}


def query_of(kind: type) -> list[OpenApiParameter]:
    """Return the query parameters of this type, for `extend_schema`."""
    _, schemas = msgspec.json.schema_components([kind], ref_template="{name}")
    described = schemas[kind.__name__]
    required = described.get("required", [])
    return [
        OpenApiParameter(name, _inline(schema, schemas), required=name in required)
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
    """Add shared responses, types and the public operation, which is no DRF view. Hook of drf-spectacular."""
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            add_shared(path, method, operation)
    result["paths"]["/tracking/{shipment_id}"] = {"get": _public_read()}
    _, schemas = msgspec.json.schema_components(_kinds, ref_template="#/components/schemas/{name}")
    for name, example in EXAMPLES.items():
        schemas[name]["examples"] = [example]
    result["components"]["schemas"] = {name: _tidy(schemas[name]) for name in sorted(schemas)}
    return result


def add_shared(path: str, method: str, operation: dict[str, Any]) -> None:
    """Add the parameters and responses that all operations of this kind share."""
    statuses = set(ALWAYS)
    statuses |= {404} if "{" in path else set()
    statuses |= set(WITH_BODY) if "requestBody" in operation else set()
    statuses |= {409, 422} if method == "post" else set()
    statuses |= (
        {422} if any(parameter["in"] == "query" for parameter in operation.get("parameters", [])) else set()
    )
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            parameter["schema"] = ID
    answers = operation["responses"]
    for status in statuses - {int(status) for status in answers}:
        answers[str(status)] = _content(status, PROBLEM_JSON, Problem)
    if method == "get":
        answers["304"] = {"description": STATUS_TEXTS[304]}
    operation["responses"] = dict(sorted(answers.items()))
    operation["parameters"] = [*operation.get("parameters", []), *_headers_of(method, answers)]


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
    return _tidy({key: _inline(value, schemas) for key, value in schema.items()})


def _public_read() -> dict[str, Any]:
    return {
        "operationId": "read_public",
        "summary": "Read the public state of a shipment",
        "description": (
            "Needs no key. Caches may store the answer for 60 s. `ETag` is the version; the socket "
            "`/ws/track/{shipment_id}/` sends each new version at once."
        ),
        "parameters": [
            {"in": "path", "name": "shipment_id", "required": True, "schema": ID},
            {"in": "query", "name": "lang", "schema": {"enum": list(LANGUAGES), "default": "en"}},
            {"in": "header", "name": "If-None-Match", "schema": {"type": "string"}},
        ],
        "tags": ["tracking"],
        "security": [{}],
        "responses": {
            "200": _content(200, JSON, PublicAnswer),
            "304": {"description": STATUS_TEXTS[304]},
            **{str(status): _content(status, PROBLEM_JSON, Problem) for status in (404, 405, 429, 503)},
        },
    }


def _tidy(schema: Any) -> Any:
    r"""Return the schema with patterns in JSON Schema syntax (no `\Z`) and unindented descriptions."""
    if isinstance(schema, list):
        return [_tidy(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    tidied = {key: _tidy(value) for key, value in schema.items()}
    if isinstance(tidied.get("pattern"), str):
        tidied["pattern"] = tidied["pattern"].replace(r"\Z", "$")
    if isinstance(tidied.get("description"), str):
        tidied["description"] = cleandoc(tidied["description"])
    return tidied


def _content(status: int, media_type: str, kind: type) -> dict[str, Any]:
    return {"description": STATUS_TEXTS[status], "content": {media_type: {"schema": _ref(kind)}}}


def _ref(kind: type) -> dict[str, str]:
    _kinds[kind] = None
    return {"$ref": f"#/components/schemas/{kind.__name__}"}
