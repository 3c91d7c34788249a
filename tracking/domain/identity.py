"""Identity of an event: its id, its sort key and its time, derived from the report."""

import hashlib
import re
from datetime import UTC, datetime

from tracking.domain.errors import PermanentError
from tracking.domain.events import format_time
from tracking.domain.payload import ScanPayload
from tracking.domain.reasons import STALL_REASONS, ClockKind

# Prefixes of ids: d_ device and sequence, h_ content, k_ place in the stream, m_ manifest, g_ geofence.
ID_LENGTH = 26
# Two characters of base32 for each number of ten bits. An id is thirteen of them, from the first bits of a
# hash. `base64.b32encode` takes several times as long, and every event has such an id.
_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_SHIFTS = range(256 - 10, 256 - 5 * ID_LENGTH - 1, -10)
# Epoch numbers above this are milliseconds: as seconds they would lie in the year 5138.
_MILLISECONDS_FROM = 1e11
# Epoch numbers as text: ten digits are seconds, thirteen are milliseconds; other lengths may be dates.
_EPOCH_TEXT = re.compile(r"(?:[0-9]{10}|[0-9]{13})(?:\.[0-9]+)?")
_LEAP_SECOND = re.compile(r":60(?=[.,Z+-])")


def short_hash(*parts: object) -> str:
    """Return the first 26 characters of the lower-case base32 SHA-256 of the parts."""
    bits = int.from_bytes(hashlib.sha256("\x1f".join(map(str, parts)).encode()).digest())
    return "".join([_PAIRS[bits >> shift & 1023] for shift in _SHIFTS])


def parse_timestamp(sent: str | float) -> datetime:
    """Return the instant of a timestamp, cut to milliseconds.

    Text is RFC 3339 in upper or lower case, or an epoch number. A leap second is the second before it. Raises
    `PermanentError` for text that is no time or has no zone.
    """
    try:
        moment = _parse_text(sent) if isinstance(sent, str) else _parse_epoch(sent)
    except (ValueError, OverflowError, OSError) as error:
        raise PermanentError(f"not a time: {sent!r}") from error
    if moment.tzinfo is None:
        raise PermanentError(f"a time without a zone: {sent!r}")
    try:
        return cut_to_milliseconds(moment if moment.tzinfo is UTC else moment.astimezone(UTC))
    except OverflowError as error:
        # Near the ends of the calendar the conversion to UTC leaves it.
        raise PermanentError(f"not a time: {sent!r}") from error


def _parse_text(sent: str) -> datetime:
    try:
        return datetime.fromisoformat(sent)
    except ValueError:
        text = sent.strip(" \t\r\n\0").upper()
        if _EPOCH_TEXT.fullmatch(text):
            return _parse_epoch(float(text))
        return datetime.fromisoformat(_LEAP_SECOND.sub(":59", text))


def _parse_epoch(sent: float) -> datetime:
    return datetime.fromtimestamp(sent / 1000 if sent > _MILLISECONDS_FROM else sent, UTC)


def cut_to_milliseconds(moment: datetime) -> datetime:
    """Return the instant cut to milliseconds, the precision of a sort key."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def name_event(payload: ScanPayload, sent_at: datetime | None, where: str) -> str:
    """Return the event's id: as sent, else from device and sequence, else from content, else from `where`.

    Without a time the content is part of the id from device and sequence: a device that counts from the start
    again then makes another event. `where` names the record uniquely: stream, shard and sequence number, or a
    random id.
    """
    if payload.event_id is not None:
        return payload.event_id
    if payload.device_id is not None and payload.device_seq:
        content = () if sent_at is not None else _list_content(payload, "")
        return "d_" + short_hash(payload.device_id, payload.device_seq, *content)
    if sent_at is not None:
        return "h_" + short_hash(*_list_content(payload, format_time(sent_at)))
    return "k_" + short_hash(where)


def _list_content(payload: ScanPayload, sent_at: str) -> tuple[object, ...]:
    """Return what makes reports different events, with the time as sent."""
    return (
        payload.shipment_id if payload.shipment_id is not None else payload.vehicle_id,
        sent_at,
        payload.status,
        payload.substatus,
        _at_five_decimals(payload.lat),
        _at_five_decimals(payload.lon),
        payload.source,
    )


def has_own_id(payload: ScanPayload) -> bool:
    """Return whether the report names itself: a second copy without a time is then the same event."""
    return payload.event_id is not None or (payload.device_id is not None and payload.device_seq > 0)


def name_clock_event(kind: ClockKind, *parts: object) -> str:
    """Return the id of an event that our own processes derive; each of them makes the same id of an event."""
    prefix = f"stalled-{kind}" if kind in STALL_REASONS else kind
    return "-".join((prefix, *map(str, parts)))


def make_sort_key(moment: datetime, event_id: str) -> str:
    """Return the event's sort key: its time with three decimals, then its id."""
    return f"{format_time(moment)}#{event_id}"


def _at_five_decimals(degrees: float | None) -> str:
    return "" if degrees is None else f"{degrees:.5f}"
