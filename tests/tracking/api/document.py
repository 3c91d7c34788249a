"""Checks answers against the committed OpenAPI document: path, status, media type and body."""

import re
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator

from tests.yaml_texts import read_yaml

PATH = Path(__file__).parents[3] / "docs" / "openapi.yaml"


@cache
def read_document() -> dict[str, Any]:
    return read_yaml(PATH.read_text())


def check_answer(response: Any) -> Any:
    """Fail unless the document describes this answer; gives its body back, parsed."""
    request = response.wsgi_request
    operation = _find_path(request.path)["get" if request.method == "HEAD" else request.method.lower()]
    described = operation["responses"][str(response.status_code)]
    if "content" not in described:
        assert response.content == b""
        return None
    media_type = response["Content-Type"].partition(";")[0]
    schema = described["content"][media_type]["schema"]
    body = response.json()
    _validator(schema["$ref"]).validate(body)
    return body


def _find_path(path: str) -> dict[str, Any]:
    # What stands there word for word comes before what a name stands for.
    for template, operations in sorted(read_document()["paths"].items(), key=lambda entry: "{" in entry[0]):
        if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", template), path):
            return operations
    raise AssertionError(f"{path} is not in the document")


@cache
def _validator(ref: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": ref, "components": _closed(read_document()["components"])})


def _closed(schema: Any) -> Any:
    """Return the schemas closed to fields they do not name, so that a test sees what the document lacks."""
    if isinstance(schema, list):
        return [_closed(entry) for entry in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(value) for key, value in schema.items()}
    if "properties" in schema and "type" in schema and "additionalProperties" not in schema:
        closed["additionalProperties"] = False
    return closed
