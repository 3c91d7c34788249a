"""Read request bodies into types, write answers as JSON, and locate mistakes by JSON pointer."""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, TypeVar

import msgspec
from django.http import HttpResponse
from rest_framework.parsers import BaseParser

from tracking.api.allowed_values import NOT_ALLOWED, list_allowed
from tracking.api.errors import MalformedError, TooLargeError
from tracking.domain.report_rules import is_mangled_id
from tracking.limits import API_BODY_BYTES, JSON_DEPTH
from tracking.services.requests.patterns import FIRST_YEAR, LAST_YEAR
from tracking.services.requests.refusals import MANGLED_ID, Mistake, RequestRefusedError, name_allowed

Kind = TypeVar("Kind")
BOM = b"\xef\xbb\xbf"
# Errors of the parser for bytes that are no JSON, or are nested deeper than it can follow.
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
# Message of msgspec: "<what> - at `$.recipient.phone`", or without the path.
_WHERE = re.compile(r"(?P<detail>.*?)(?: - at `(?P<path>.*)`)?", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.*)`")
_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_NO_BRACKET = re.compile(rb"[^\[\]{}]+")
_PAIR = re.compile(rb"\[\]|\{\}")
_MISSING = re.compile(r"Object missing required field `(?P<name>.*)`")


class JsonBytesParser(BaseParser):
    """Parser that returns the body as bytes, within the limits. `read_body` decodes it into a type."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> bytes:  # noqa: ARG002
        """Return the bytes of the body. Raises `TooLargeError`, `MalformedError` if it is nested too deep."""
        body: bytes = stream.read(API_BODY_BYTES + 1)
        if len(body) > API_BODY_BYTES:
            raise TooLargeError
        if is_nested_deeper(body, JSON_DEPTH):
            raise MalformedError
        return body


def is_nested_deeper(body: bytes, depth: int) -> bool:
    """Return whether brackets of the JSON text are open inside each other more than `depth` times.

    Also true for a text whose brackets do not match, which is not JSON. The parser itself recurses, and fails
    with an error of the interpreter at some depth.
    """
    if body.count(b"[") + body.count(b"{") <= depth:
        return False
    brackets = _NO_BRACKET.sub(b"", _STRING.sub(b"", body))
    for _ in range(depth):
        # Each pass removes the innermost pairs, one level of every branch.
        brackets = _PAIR.sub(b"", brackets)
        if not brackets:
            return False
    return True


def read_body(body: object, kind: type[Kind]) -> Kind:
    """Decode the body as a value of this type. Raises `MalformedError` or `RequestRefusedError`."""
    raw = body.removeprefix(BOM) if isinstance(body, bytes) else b""
    try:
        value = decode_json(raw, kind)
    except msgspec.ValidationError as error:
        raise RequestRefusedError([find_mistake_in(raw, error, kind)]) from error
    except UNREADABLE as error:
        raise MalformedError from error
    check_moments(value)
    return value


def decode_json(body: bytes | msgspec.Raw, kind: type[Kind]) -> Kind:
    """Decode JSON as a value of this type. A number such as `5.0` is an integer, as in JSON Schema.

    Raises `msgspec.DecodeError`, of which `msgspec.ValidationError` is one.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as mistake:
        try:
            return msgspec.convert(_read_whole_numbers(msgspec.json.decode(body)), kind)
        except msgspec.ValidationError:
            raise mistake from None


def _read_whole_numbers(value: Any) -> Any:
    """Return the decoded JSON with its floats without a fraction as integers."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_read_whole_numbers(entry) for entry in value]
    if isinstance(value, dict):
        return {name: _read_whole_numbers(entry) for name, entry in value.items()}
    return value


def check_moments(value: Any) -> None:
    """Raise `RequestRefusedError` for times outside this century: datetimes overflow at their limits."""
    mistakes = [
        Mistake(pointer, "invalid", f"not between {FIRST_YEAR} and {LAST_YEAR}")
        for pointer, moment in _find_moments(value, "")
        if not FIRST_YEAR <= moment.year <= LAST_YEAR
    ]
    if mistakes:
        raise RequestRefusedError(mistakes)


def _find_moments(value: Any, pointer: str) -> Iterator[tuple[str, datetime]]:
    if isinstance(value, datetime):
        yield pointer, value
    elif isinstance(value, msgspec.Struct):
        for name, field in zip(value.__struct_encode_fields__, value.__struct_fields__, strict=True):
            yield from _find_moments(getattr(value, field), f"{pointer}/{name}")
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            yield from _find_moments(entry, f"{pointer}/{index}")


def find_mistake_in(raw: bytes, error: msgspec.ValidationError, kind: type) -> Mistake:
    """Convert a validation error for these bytes; an id in scientific notation has a code of its own."""
    mistake = find_mistake(error, kind)
    if not mistake.pointer.endswith("_id") or not is_mangled_id(_find_value(raw, mistake.pointer)):
        return mistake
    return Mistake(mistake.pointer, "mangled_id", MANGLED_ID)


def _find_value(raw: bytes, pointer: str) -> Any:
    """Return the value at a pointer; None if there is none, or if the bytes are no JSON behind it."""
    try:
        value: Any = msgspec.json.decode(raw)
    except UNREADABLE:
        return None
    for step in pointer.split("/")[1:]:
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdigit() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def find_mistake(error: msgspec.ValidationError, kind: type) -> Mistake:
    """Convert a validation error of msgspec for a value of `kind`, with the values that it allows."""
    match = _WHERE.fullmatch(str(error))
    detail, path = (match["detail"], match["path"]) if match else (str(error), None)
    pointer = _to_pointer(path or "$")
    for pattern, code in ((_UNKNOWN, "unknown_field"), (_MISSING, "missing_field")):
        named = pattern.fullmatch(detail)
        if named:
            return Mistake(f"{pointer}/{_escape(named['name'])}", code, detail)
    if detail.startswith(NOT_ALLOWED):
        detail = name_allowed(detail, list_allowed(kind, pointer))
    return Mistake(pointer, "invalid", detail)


def answer_json(body: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> HttpResponse:
    """Return a value as a JSON response."""
    return HttpResponse(
        msgspec.json.encode(body), status=status, content_type="application/json", headers=headers
    )


def _to_pointer(path: str) -> str:
    """Convert the path `$.events[3].lat` to the JSON pointer `/events/3/lat`."""
    steps = re.findall(r"\.([^.\[\]]+)|\[(\d+)\]", path)
    return "".join(f"/{_escape(name or index)}" for name, index in steps)


def _escape(step: str) -> str:
    return step.replace("~", "~0").replace("/", "~1")
