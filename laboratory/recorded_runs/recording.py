"""Reads a recording: bookings and records of a simulated run, in order of time."""

import base64
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from heapq import merge
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from tracking.domain.errors import PermanentError


class BadRecordingError(PermanentError):
    """Folder that is not a valid recording; the message names file, line and column."""


class Entry(NamedTuple):
    """Entry of a recording: `raw` bytes of a record, or the `body` of a booking or manifest."""

    put_at: datetime
    kind: str
    raw: bytes = b""
    body: Mapping[str, Any] = MappingProxyType({})


def read_recording(folder: Path) -> Iterator[Entry]:
    """Read all entries of a folder by `put_at`, bookings first; raises `BadRecordingError` while reading."""
    bookings = _read(folder / "bookings.jsonl")
    records = _read(folder / "records.jsonl")
    return merge(bookings, records, key=lambda entry: entry.put_at)


def _read(path: Path) -> Iterator[Entry]:
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                yield _read_line(path, number, line)
    except OSError as error:
        raise BadRecordingError(f"{path}: {error.strerror}") from error


def _read_line(path: Path, number: int, line: str) -> Entry:
    try:
        fields = json.loads(line)
        put_at = datetime.fromisoformat(fields["put_at"])
        if "body" in fields:
            return Entry(put_at, fields["kind"], body=fields["body"])
        raw = base64.b64decode(fields["raw_base64"]) if "raw_base64" in fields else fields["raw"].encode()
        return Entry(put_at, "record", raw)
    except json.JSONDecodeError as error:
        raise BadRecordingError(f"{path}, line {number}, column {error.colno}: {error.msg}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise BadRecordingError(f"{path}, line {number}, column 1: {error!r}") from error
