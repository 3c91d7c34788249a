"""How a record set aside is named, dated and shown, alike in every store."""

from datetime import UTC, datetime, timedelta

from workers.ports import QuarantinedRecord, Refusal, StreamRecord
from workers.stream_positions import split_source

KEPT_FOR = timedelta(days=30)
PREVIEW_BYTES = 160


def name_day(moment: datetime) -> str:
    """The UTC day of a moment, as `2026-11-22`."""
    return f"{moment.astimezone(UTC):%Y-%m-%d}"


def name_record(record: StreamRecord) -> str:
    """`<shard_id>#<stream_position>`: one record, one name, whatever is wrong with it."""
    _, shard_id = split_source(record.source)
    return f"{shard_id}#{record.stream_position}"


def split_id(quarantine_id: str) -> tuple[str, str]:
    """The UTC day and the name of a quarantined record, as `2026-11-22/<name>` tells them."""
    day, _, name = quarantine_id.partition("/")
    return day, name


def days_shown(now: datetime) -> tuple[str, str]:
    """Today and yesterday (UTC)."""
    return name_day(now), name_day(now - timedelta(days=1))


def show_refusal(refusal: Refusal) -> QuarantinedRecord:
    """The record as ops sees it."""
    record = refusal.record
    return QuarantinedRecord(
        quarantine_id=f"{name_day(record.arrived_at)}/{name_record(record)}",
        reason=refusal.reason,
        detail=refusal.detail,
        arrived_at=record.arrived_at,
        size=len(record.raw),
        preview=make_preview(record.raw),
        shipment_id=refusal.shipment_id,
    )


def make_preview(raw: bytes) -> str:
    """The first bytes as one printable line; what is no text is written out as escapes."""
    text = raw[:PREVIEW_BYTES].decode("utf-8", "backslashreplace")
    shown = "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
    return shown + "…" if len(raw) > PREVIEW_BYTES else shown
