"""De-aggregation of records that producers packed into one with the Kinesis Producer Library (KPL).

An aggregate is `F3 89 9A C2`, a protobuf message, and the MD5 sum of the message. The format is public:
https://github.com/awslabs/amazon-kinesis-producer/blob/master/aggregation-format.md
"""

import hashlib
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from workers.ports import StreamRecord
from workers.stream_positions import make_stream_position

MAGIC = b"\xf3\x89\x9a\xc2"
_DIGEST_BYTES = 16
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_Value = int | bytes


class _Part(NamedTuple):
    """One record inside an aggregate: its hash key and its bytes."""

    hash_key: int
    data: bytes


def expand(records: Iterable[StreamRecord], hash_from: str = "", hash_to: str = "") -> list[StreamRecord]:
    """Return the records in order, with each aggregate replaced by the records it holds.

    A part whose hash key lies outside `hash_from` to `hash_to` (both included, decimal; `""`: no bound)
    is left out: after a split it belongs to the sibling shard. A record that is not a valid aggregate is
    returned unchanged. `sub_sequence` counts the parts of an aggregate, including those left out.
    """
    bounds = range(int(hash_from or 0), int(hash_to or 2**128 - 1) + 1)
    expanded: list[StreamRecord] = []
    for record in records:
        parts = _read_aggregate(record.raw) if record.raw.startswith(MAGIC) else None
        if parts is None:
            expanded.append(record)
        else:
            expanded += [
                record._replace(raw=part.data, stream_position=make_stream_position(record.sequence, number))
                for number, part in enumerate(parts)
                if part.hash_key in bounds
            ]
    return expanded


def _read_aggregate(raw: bytes) -> list[_Part] | None:
    """Return the parts of an aggregate; None for bytes that begin like one but are not valid."""
    message, digest = raw[len(MAGIC) : -_DIGEST_BYTES], raw[-_DIGEST_BYTES:]
    if hashlib.md5(message, usedforsecurity=False).digest() != digest:
        return None
    try:
        fields = list(_read_fields(message))
        keys = [_hash(value) for number, value in fields if number == 1 and isinstance(value, bytes)]
        explicit = [int(value) for number, value in fields if number == 2 and isinstance(value, bytes)]
        return [
            _read_part(value, keys, explicit)
            for number, value in fields
            if number == 3 and isinstance(value, bytes)
        ]
    except (IndexError, KeyError, ValueError):
        return None


def _read_part(message: bytes, keys: list[int], explicit: list[int]) -> _Part:
    fields = dict(_read_fields(message))
    key_index, explicit_index, data = fields[1], fields.get(2), fields[3]
    if not isinstance(data, bytes):
        raise ValueError("the data of a part must be bytes")  # noqa: TRY004 - invalid input, not a wrong argument
    hash_key = explicit[explicit_index] if isinstance(explicit_index, int) else keys[int(key_index)]
    return _Part(hash_key, data)


def _read_fields(message: bytes) -> Iterator[tuple[int, _Value]]:
    """Yield (field number, value) of a protobuf message. Raises `ValueError` or `IndexError` if invalid."""
    at = 0
    while at < len(message):
        tag, at = _read_varint(message, at)
        wire_type = tag & 7
        if wire_type == _VARINT:
            value, at = _read_varint(message, at)
            yield tag >> 3, value
            continue
        size = {_FIXED64: 8, _FIXED32: 4}.get(wire_type)
        if size is None and wire_type != _BYTES:
            raise ValueError(f"unknown wire type: {wire_type}")
        if size is None:
            size, at = _read_varint(message, at)
        if at + size > len(message):
            raise ValueError("a field reaches past the end")
        yield tag >> 3, message[at : at + size]
        at += size


def _read_varint(message: bytes, at: int) -> tuple[int, int]:
    """Return the varint that begins at `at` and the offset behind it."""
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def _hash(partition_key: bytes) -> int:
    """Return the hash key of a partition key, as Kinesis computes it: its MD5 sum as a number."""
    return int.from_bytes(hashlib.md5(partition_key, usedforsecurity=False).digest())
