"""Aggregates for tests, in the format of the KPL."""

import hashlib

from workers.kpl_aggregates import MAGIC


def aggregate(*parts: tuple) -> bytes:
    """Return an aggregate of (partition key, bytes) or (partition key, bytes, explicit hash key) parts."""
    keys = list(dict.fromkeys(part[0] for part in parts))
    explicit = list(dict.fromkeys(str(part[2]) for part in parts if len(part) > 2))
    message = b"".join(_field(1, key.encode()) for key in keys)
    message += b"".join(_field(2, key.encode()) for key in explicit)
    for part in parts:
        record = _number(1, keys.index(part[0]))
        if len(part) > 2:
            record += _number(2, explicit.index(str(part[2])))
        message += _field(3, record + _field(3, part[1]))
    return MAGIC + message + hashlib.md5(message, usedforsecurity=False).digest()


def _field(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _number(number: int, value: int) -> bytes:
    return _varint(number << 3) + _varint(value)


def _varint(value: int) -> bytes:
    encoded = b""
    while value >= 0x80:
        encoded += bytes([value & 0x7F | 0x80])
        value >>= 7
    return encoded + bytes([value])
