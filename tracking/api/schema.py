"""The OpenAPI document: made from the same types that read requests and shape answers."""

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
WORDS = {
    200: "The answer",
    201: "Done, and this is it",
    202: "Durably on the stream",
    204: "Done",
    304: "What you have is up to date",
    400: "Not what the body says it is",
    401: "No valid key",
    403: "The key lacks the scope",
    404: "Not there, or another partner's",
    405: "Not a method of this address",
    406: "The API answers in JSON",
    409: "Not as things stand, or the same request is still running; `code` says which",
    410: "It is not kept any more",
    412: "It has changed since you read it",
    413: "Larger than is taken here",
    415: "Not a kind of body that is taken here",
    422: "Cannot be right as it stands; `errors` says where",
    429: "Too many requests; `Retry-After` says when to come again",
    503: "Not possible just now; send it again",
}
# What stands for an id in an address.
ID = {"type": "string", "pattern": "^[A-Za-z0-9._-]{1,64}$"}
# What any call may be told, and what is told only where a body comes with it.
ALWAYS = (401, 403, 406, 429, 503)
WITH_BODY = (400, 413, 415, 422)

# What the docs show to try out, by type.
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
    """How the document names our keys."""

    target_class = "tracking.api.keys.ApiKeyAuthentication"
    name = "ApiKey"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:  # noqa: ARG002 - as it is called
        """A bearer token of our own form."""
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "slx_<live|test>_<8 id>_<43 secret>",
        }


# Every type a request or an answer is made of, as they are first named.
_kinds: dict[type, None] = {}


def body_of(*kinds: type) -> dict[str, Any]:
    """A request body of one of these types, for `extend_schema`."""
    refs = [_ref(kind) for kind in kinds]
    return {JSON: refs[0] if len(refs) == 1 else {"anyOf": refs}}


def form_of(kind: type, file: str) -> dict[str, Any]:
    """A form of the fields of this type and one file, for `extend_schema`."""
    _, schemas = msgspec.json.schema_components([kind], ref_template="{name}")
    described = _inline(schemas[kind.__name__], schemas)
    fields = described["properties"] | {file: {"type": "string", "format": "binary"}}
    return {FORM: described | {"properties": fields, "required": [*described.get("required", []), file]}}


def query_of(kind: type) -> list[OpenApiParameter]:
    """The parameters of a query of this type, for `extend_schema`."""
    _, schemas = msgspec.json.schema_components([kind], ref_template="{name}")
    described = schemas[kind.__name__]
    required = described.get("required", [])
    return [
        OpenApiParameter(name, _inline(schema, schemas), required=name in required)
        for name, schema in described["properties"].items()
    ]


def responses(good: dict[int, type | None], *refused: int) -> dict[Any, Any]:
    """The answers of an operation, for `extend_schema`: the good ones, and refusals of its own."""
    found: dict[Any, Any] = {}
    for status, kind in good.items():
        response = _ref(kind) if kind else None
        found[(status, JSON) if kind else status] = OpenApiResponse(response, description=WORDS[status])
    for status in refused:
        found[status, PROBLEM_JSON] = OpenApiResponse(_ref(Problem), description=WORDS[status])
    return found


def complete(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """Spectacular's last step: what all operations share, the types, and the public read, no view of DRF."""
    for path, operations in result["paths"].items():
        for method, operation in operations.items():
            share(path, method, operation)
    result["paths"]["/tracking/{shipment_id}"] = {"get": _public_read()}
    _, schemas = msgspec.json.schema_components(_kinds, ref_template="#/components/schemas/{name}")
    for name, example in EXAMPLES.items():
        schemas[name]["examples"] = [example]
    result["components"]["schemas"] = {name: _tidy(schemas[name]) for name in sorted(schemas)}
    return result


def share(path: str, method: str, operation: dict[str, Any]) -> None:
    """Add what every operation of this kind takes and may be answered."""
    told = set(ALWAYS)
    told |= {404} if "{" in path else set()
    told |= set(WITH_BODY) if "requestBody" in operation else set()
    told |= {409, 422} if method == "post" else set()
    told |= (
        {422} if any(parameter["in"] == "query" for parameter in operation.get("parameters", [])) else set()
    )
    for parameter in operation.get("parameters", []):
        if parameter["in"] == "path":
            parameter["schema"] = ID
    answers = operation["responses"]
    for status in told - {int(status) for status in answers}:
        answers[str(status)] = _content(status, PROBLEM_JSON, Problem)
    if method == "get":
        answers["304"] = {"description": WORDS[304]}
    operation["responses"] = dict(sorted(answers.items()))
    operation["parameters"] = [*operation.get("parameters", []), *_headers_of(method, answers)]


def _headers_of(method: str, answers: dict[str, Any]) -> list[dict[str, Any]]:
    """The headers an operation takes beyond the key."""
    names = {"get": ["If-None-Match"], "post": ["Idempotency-Key"]}.get(method, [])
    names += ["If-Match"] if "412" in answers else []
    limits = {"Idempotency-Key": {"minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"}}
    return [
        {"in": "header", "name": name, "schema": {"type": "string", **limits.get(name, {})}} for name in names
    ]


def _inline(schema: Any, schemas: dict[str, Any]) -> Any:
    """The schema with what it refers to put in its place: parameters stand alone."""
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
        "summary": "Where a shipment is, for anybody",
        "description": (
            "No key. Caches may keep the answer for 60 s; `ETag` is the version, and the socket "
            "`/ws/track/{shipment_id}/` tells of each new one at once."
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
            "304": {"description": WORDS[304]},
            **{str(status): _content(status, PROBLEM_JSON, Problem) for status in (404, 405, 503)},
        },
    }


def _tidy(schema: Any) -> Any:
    r"""The schema with patterns as JSON Schema wants them (`\Z` is a letter there) and words unindented."""
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
    return {"description": WORDS[status], "content": {media_type: {"schema": _ref(kind)}}}


def _ref(kind: type) -> dict[str, str]:
    _kinds[kind] = None
    return {"$ref": f"#/components/schemas/{kind.__name__}"}
