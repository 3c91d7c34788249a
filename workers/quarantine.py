"""Ids, days and previews of quarantined records, the same in every store."""

import re
from datetime import UTC, datetime, timedelta

from workers.ports import QuarantinedRecord, Refusal, StreamRecord
from workers.stream_positions import split_source

KEPT_FOR = timedelta(days=30)
PREVIEW_BYTES = 160
# A day, then the name of a record; far below the length of a key that a store takes.
_ID = re.compile(r"\d{4}-\d{2}-\d{2}/\S{1,400}")


def name_day(moment: datetime) -> str:
    """Return the UTC day of a moment, as `2026-11-22`."""
    return f"{moment.astimezone(UTC):%Y-%m-%d}"


def name_record(record: StreamRecord) -> str:
    """Return `<shard_id>#<stream_position>`, the name of a record whatever its reason for quarantine."""
    _, shard_id = split_source(record.source)
    return f"{shard_id}#{record.stream_position}"


def is_quarantine_id(text: str) -> bool:
    """Return whether the text can be the id of a quarantined record."""
    return _ID.fullmatch(text) is not None


def split_id(quarantine_id: str) -> tuple[str, str]:
    """Return the UTC day and the name in a quarantine id `<day>/<name>`."""
    day, _, name = quarantine_id.partition("/")
    return day, name


def days_shown(now: datetime) -> tuple[str, str]:
    """Return today and yesterday (UTC)."""
    return name_day(now), name_day(now - timedelta(days=1))


def show_refusal(refusal: Refusal) -> QuarantinedRecord:
    """Return a refusal as it is shown to operators."""
    record = refusal.record
    return QuarantinedRecord(
        quarantine_id=f"{name_day(record.arrived_at)}/{name_record(record)}",
        reason=refusal.reason,
        detail=refusal.detail,
        arrived_at=record.arrived_at,
        size=len(record.raw),
        preview=make_preview(record.raw),
        shipment_id=refusal.shipment_id,
        vehicle_id=refusal.vehicle_id,
    )


def make_preview(raw: bytes) -> str:
    """Return the first bytes as one printable line; bytes that are not printable text are escaped."""
    text = raw[:PREVIEW_BYTES].decode("utf-8", "backslashreplace")
    line = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
    return line + "…" if len(raw) > PREVIEW_BYTES else line
