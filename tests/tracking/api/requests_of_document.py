"""Requests made from the OpenAPI document alone: every operation, with ids of somebody else put in."""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from hypothesis import find
from hypothesis.strategies import from_regex

from tests.tracking.api.document import read_document
from tests.tracking.photos import draw_form

JSON = "application/json"
METHODS = ("get", "put", "post", "patch", "delete")


class Operation(NamedTuple):
    """Operation of the partner API, as the document describes it."""

    method: str
    path: str
    described: Mapping[str, Any]

    @property
    def names(self) -> frozenset[str]:
        """Names of the parameters in the path."""
        return frozenset(each["name"] for each in self._parameters if each["in"] == "path")

    @property
    def _parameters(self) -> list[Any]:
        return self.described.get("parameters", [])

    def send(self, client: Any, key: str, ids: Mapping[str, Any]) -> Any:
        """Send the request with these ids in its path, its query and its body."""
        headers = {"Authorization": f"Bearer {key}"}
        query = {each["name"]: ids[each["name"]] for each in self._parameters if self._is_asked(each, ids)}
        path = self.path.format_map(ids)
        content = self.described.get("requestBody", {}).get("content", {})
        if JSON in content:
            body = make_body(content[JSON]["schema"], ids)
            return getattr(client, self.method)(path, body, content_type=JSON, headers=headers)
        if content:
            return client.post(path, draw_form(kind="photo"), headers=headers)
        return getattr(client, self.method)(path, query_params=query, headers=headers)

    @staticmethod
    def _is_asked(parameter: Mapping[str, Any], ids: Mapping[str, Any]) -> bool:
        return parameter["in"] == "query" and parameter["name"] in ids


@cache
def list_operations() -> dict[str, Operation]:
    """Return every operation of the partner API, by its id."""
    return {
        described["operationId"]: Operation(method, path, described)
        for path, operations in read_document()["paths"].items()
        if path.startswith("/api/v1/")
        for method, described in operations.items()
        if method in METHODS
    }


def make_body(schema: Any, ids: Mapping[str, Any]) -> Any:
    """Return a small valid value of the schema, with these ids in every field of their name."""
    schema = _resolve(schema)
    fixed = [*schema.get("enum", []), *([schema["const"]] if "const" in schema else [])]
    if fixed:
        return fixed[0]
    if schema.get("type") == "object":
        fields = schema.get("properties", {})
        wanted = [name for name in fields if name in ids or name in schema.get("required", [])]
        return {name: ids[name] if name in ids else make_body(fields[name], ids) for name in wanted}
    if schema.get("type") == "array":
        return [make_body(schema["items"], ids)] * max(1, schema.get("minItems", 0))
    return _make_scalar(schema)


def _make_scalar(schema: Any) -> Any:
    if schema.get("type") == "string":
        return _find_text(schema.get("pattern", f"^x{{{schema.get('minLength', 1)}}}$"))
    if schema.get("type") in {"integer", "number"}:
        return schema.get("minimum", 1)
    return schema.get("type") == "boolean"


@cache
def _find_text(pattern: str) -> str:
    return find(from_regex(pattern, fullmatch=True), bool)


def _resolve(schema: Any) -> Any:
    """Return the schema without references; of alternatives the first."""
    while "$ref" in schema or "anyOf" in schema or "oneOf" in schema:
        if "$ref" in schema:
            schema = read_document()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        else:
            schema = (schema.get("anyOf") or schema["oneOf"])[0]
    return schema
