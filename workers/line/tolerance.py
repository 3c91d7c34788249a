"""Tolerance: a payload with wrong types is parsed field by field, if its meaning is certain.

It is used for records that do not have the types of `ScanPayload`. Numbers may be text, and ids may be whole
numbers; null, an empty text and NaN are a missing value. A field of a device that cannot be parsed is left
out; only its time and the id of its subject must be right. Other fields than a device's are not parsed.
"""

import json
import re
from collections.abc import Callable
from typing import Any, NamedTuple, get_args

from tracking.domain import payload as limits
from tracking.domain.events import Source
from tracking.domain.payload import ScanPayload
from tracking.domain.report_rules import is_mangled_id
from tracking.provenance import is_signed

BOM = b"\xef\xbb\xbf"
# Characters that are removed around a record and around a value.
PADDING = " \t\r\n\0"
_SIGNED_SOURCES = frozenset(get_args(Source)) - {"device"}
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
# Whole numbers beyond this many digits are out of every range; converting them takes time.
_MAX_DIGITS = 40
# From this number on a float may have lost the last digits of an id.
_EXACT_BELOW = 2.0**53


class ParsedPayload(NamedTuple):
    """A payload, and the names of the fields that were left out of it since they could not be parsed."""

    payload: ScanPayload
    ignored: tuple[str, ...] = ()


class _Scientific(float):
    """Number that was written in scientific notation."""


class _UnreadableError(ValueError):
    """Raised for a value that has no certain meaning."""


def strip_padding(raw: bytes) -> bytes:
    """Return a record without byte order mark, and without white space and NULs around it."""
    return raw.strip(PADDING.encode()).removeprefix(BOM).strip(PADDING.encode())


def split_lines(raw: bytes) -> list[bytes]:
    """Return the lines of a record whose first line is a whole JSON object; empty for any other record."""
    lines = [line for line in map(strip_padding, raw.splitlines()) if line]
    return lines if len(lines) > 1 and lines[0][:1] == b"{" and lines[0][-1:] == b"}" else []


def parse_tolerantly(raw: bytes) -> ParsedPayload:
    """Return the payload of a record, parsed field by field.

    Raises `ValueError` or `RecursionError` for bytes that are no JSON object, and `ValueError` for a subject
    or time that cannot be parsed, and for a record that our own processes signed: its types are exact.
    """
    fields = _decoder.decode(strip_padding(raw).decode("utf-8", "replace"))
    if not isinstance(fields, dict):
        raise _UnreadableError(f"expected an object, got {type(fields).__name__}")
    source = fields.get("source")
    if isinstance(source, str) and source in _SIGNED_SOURCES and is_signed(raw):
        raise _UnreadableError(f"a record of source {source} must have exactly the types of the payload")
    parsed: dict[str, Any] = {}
    ignored = []
    for name, parse in _PARSERS.items():
        sent = fields.get(name)
        if sent is None or (isinstance(sent, str) and not sent.strip(PADDING)):
            continue
        try:
            parsed[name] = parse(sent)
        except _UnreadableError as error:
            if name in _REQUIRED or (name == "vehicle_id" and "shipment_id" not in parsed):
                raise _UnreadableError(f"{name}: {error}") from error
            ignored.append(name)
    return ParsedPayload(ScanPayload(**parsed), tuple(ignored))


def _parse_int(text: str) -> float:
    return int(text) if len(text) <= _MAX_DIGITS else float(text)


def _parse_float(text: str) -> float:
    return _Scientific(text) if "e" in text or "E" in text else float(text)


_decoder = json.JSONDecoder(parse_int=_parse_int, parse_float=_parse_float, parse_constant=lambda _name: None)


def _parse_id(sent: Any) -> str:
    """Return an id as text; one in scientific notation unchanged, since rules refuse it with a reason."""
    if isinstance(sent, _Scientific):
        return f"{min(abs(sent), 1e300):.1E}"
    if isinstance(sent, float) and sent.is_integer() and sent < _EXACT_BELOW:
        sent = int(sent)
    if isinstance(sent, int) and not isinstance(sent, bool) and 0 <= sent <= limits.MAX_NUMBER:
        return str(sent)
    text = sent.strip(PADDING) if isinstance(sent, str) else ""
    if not _ID.fullmatch(text) and not is_mangled_id(text):
        raise _UnreadableError(f"not an id: {_describe(sent)}")
    return text


def _parse_hub_id(sent: Any) -> str:
    text = sent.strip(PADDING) if isinstance(sent, str) else ""
    if not _ID.fullmatch(text):
        raise _UnreadableError(f"not an id: {_describe(sent)}")
    return text


def _parse_number(least: float, most: float) -> Callable[[Any], float]:
    def parse(sent: Any) -> float:
        return float(_check_range(_to_number(sent), least, most))

    return parse


def _parse_count(sent: Any) -> int:
    number = _check_range(_to_number(sent), 0, limits.MAX_DEVICE_SEQ)
    if isinstance(number, float) and not number.is_integer():
        raise _UnreadableError(f"not a whole number: {_describe(sent)}")
    return int(number)


def _parse_degrees(sent: Any) -> float:
    """Return a coordinate; NaN for what is no number, so that the rules refuse the position."""
    try:
        return float(_to_number(sent))
    except _UnreadableError:
        return float("nan")


def _to_number(sent: Any) -> int | float:
    if isinstance(sent, str) and _NUMBER.fullmatch(sent.strip(PADDING)):
        text = sent.strip(PADDING)
        return _parse_int(text) if text.lstrip("+-").isdigit() else float(text)
    if isinstance(sent, bool) or not isinstance(sent, int | float):
        raise _UnreadableError(f"not a number: {_describe(sent)}")
    return sent


def _check_range(number: float, least: float, most: float) -> float:
    if not least <= number <= most:
        raise _UnreadableError(f"not between {least} and {most}: {number!r}")
    return number


def _parse_text(longest: int) -> Callable[[Any], str]:
    def parse(sent: Any) -> str:
        if not isinstance(sent, str) or len(sent) > longest:
            raise _UnreadableError(f"not a text of at most {longest} characters")
        return _LONE_SURROGATE.sub("\ufffd", sent)

    return parse


def _parse_status(sent: Any) -> str:
    """Return a status as text, cut to its limit: an unknown one is kept, so that somebody looks at it."""
    if isinstance(sent, bool) or not isinstance(sent, str | int | float):
        raise _UnreadableError("not a text")
    return _LONE_SURROGATE.sub("\ufffd", str(sent))[: limits.MAX_WORD]


def _parse_event_id(sent: Any) -> str:
    text = str(sent) if isinstance(sent, int) and not isinstance(sent, bool) else sent
    if not isinstance(text, str) or not _EVENT_ID.fullmatch(text.strip(PADDING)):
        raise _UnreadableError("not an event id")
    return text.strip(PADDING)


def _parse_timestamp(sent: Any) -> str | float:
    if isinstance(sent, bool) or not isinstance(sent, str | int | float):
        raise _UnreadableError("not a time")
    return _LONE_SURROGATE.sub("\ufffd", sent) if isinstance(sent, str) else sent


def _describe(sent: Any) -> str:
    """Return a value for an error text; of an object or an array only the type."""
    return repr(sent)[:80] if isinstance(sent, str | int | float) else type(sent).__name__


_ID, _EVENT_ID = re.compile(limits.ID_PATTERN), re.compile(limits.EVENT_ID_PATTERN)
_REQUIRED = frozenset({"shipment_id", "timestamp"})
_PARSERS: dict[str, Callable[[Any], Any]] = {
    "shipment_id": _parse_id,
    "vehicle_id": _parse_id,
    "device_id": _parse_id,
    "device_seq": _parse_count,
    "lat": _parse_degrees,
    "lon": _parse_degrees,
    "status": _parse_status,
    "substatus": _parse_text(limits.MAX_WORD),
    "reason_code": _parse_text(limits.MAX_WORD),
    "timestamp": _parse_timestamp,
    "event_id": _parse_event_id,
    "speed_kmh": _parse_number(0, limits.MAX_SPEED_KMH),
    "heading": _parse_number(0, limits.MAX_HEADING),
    "accuracy_m": _parse_number(0, limits.MAX_ACCURACY_M),
    "note": _parse_text(limits.MAX_NOTE),
    "traceparent": _parse_text(limits.MAX_TRACEPARENT),
    "hub_id": _parse_hub_id,
}
