"""Reads a recording: bookings and records of a simulated run, in order of time."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from heapq import merge
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import msgspec

from tracking.input_files import JsonLine, read_json_lines
from tracking.input_values import parse_moment
from tracking.services.requests.bodies import NewBooking, NewManifest


class Entry(NamedTuple):
    """Entry of a recording: `raw` bytes of a record, or the `body` of a booking or manifest."""

    put_at: datetime
    kind: str
    raw: bytes = b""
    body: Mapping[str, Any] = MappingProxyType({})


class _StoredEntry(msgspec.Struct, frozen=True):
    """Line of a recording; a record's bytes are text in `raw`, or Base64 in `raw_base64`."""

    put_at: str
    kind: str = "record"
    raw: str | None = None
    raw_base64: bytes | None = None
    body: dict[str, Any] | None = None


def read_recording(folder: Path) -> Iterator[Entry]:
    """Read all entries of a folder by `put_at`, bookings first; raises `BadFileError` while reading."""
    bookings = _read(folder / "bookings.jsonl")
    records = _read(folder / "records.jsonl")
    return merge(bookings, records, key=lambda entry: entry.put_at)


def _read(path: Path) -> Iterator[Entry]:
    for line in read_json_lines(path):
        yield _read_entry(line)


def _read_entry(line: JsonLine) -> Entry:
    stored = line.decode(_StoredEntry)
    try:
        put_at = parse_moment(stored.put_at)
    except ValueError as error:
        raise line.refuse("put_at", str(error)) from error
    if stored.body is not None:
        _check_body(line, stored.kind, stored.body)
        return Entry(put_at, stored.kind, body=stored.body)
    if stored.raw_base64 is not None:
        return Entry(put_at, "record", stored.raw_base64)
    if stored.raw is None:
        raise line.refuse("raw", "is missing")
    return Entry(put_at, "record", stored.raw.encode())


def _check_body(line: JsonLine, kind: str, body: dict[str, Any]) -> None:
    """Raise `BadFileError` for a body that the partner API would refuse."""
    try:
        msgspec.convert(body, NewManifest if kind == "manifest" else NewBooking)
    except msgspec.ValidationError as error:
        raise line.refuse("body", str(error)) from error
