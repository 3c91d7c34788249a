"""A tape: the bookings and records of a run as the simulator writes them down, read in order of time."""

import base64
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from heapq import merge
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from tracking.domain.errors import PermanentError


class BadTapeError(PermanentError):
    """A folder that is no tape: the message names file, line and column."""


class Entry(NamedTuple):
    """What was put at a moment: `raw` bytes of a record, or the `body` of a booking or manifest."""

    put_at: datetime
    kind: str
    raw: bytes = b""
    body: Mapping[str, Any] = MappingProxyType({})


def read_tape(folder: Path) -> Iterator[Entry]:
    """Everything in a folder by `put_at`, bookings first; raises `BadTapeError` while reading."""
    bookings = _read(folder / "bookings.jsonl")
    records = _read(folder / "records.jsonl")
    return merge(bookings, records, key=lambda entry: entry.put_at)


def _read(path: Path) -> Iterator[Entry]:
    try:
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, start=1):
                yield _read_line(path, number, line)
    except OSError as error:
        raise BadTapeError(f"{path}: {error.strerror}") from error


def _read_line(path: Path, number: int, line: str) -> Entry:
    try:
        told = json.loads(line)
        put_at = datetime.fromisoformat(told["put_at"])
        if "body" in told:
            return Entry(put_at, told["kind"], body=told["body"])
        raw = base64.b64decode(told["raw_base64"]) if "raw_base64" in told else told["raw"].encode()
        return Entry(put_at, "record", raw)
    except json.JSONDecodeError as error:
        raise BadTapeError(f"{path}, line {number}, column {error.colno}: {error.msg}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise BadTapeError(f"{path}, line {number}, column 1: {error!r}") from error
