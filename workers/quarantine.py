"""Ids, days and previews of quarantined records, the same in every store."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from workers.ports import QuarantinedRecord, Refusal, RefusalReason, StreamRecord
from workers.stream_positions import split_source

KEPT_FOR = timedelta(days=30)
PREVIEW_BYTES = 160
# Records of one reason that are shown to operators.
SHOWN_OF_REASON = 10
# A day, then the name of a record; far below the length of a key that a store takes.
_ID = re.compile(r"\d{4}-\d{2}-\d{2}/\S{1,400}")


class RefusalGroup(NamedTuple):
    """Records that were set aside for one reason: how many, and the newest of them, newest first."""

    reason: RefusalReason
    total: int
    shown: list[QuarantinedRecord]


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


def group_by_reason(records: Iterable[QuarantinedRecord]) -> list[RefusalGroup]:
    """Return records, newest first, by their reasons; the reason with most records comes first."""
    groups: dict[RefusalReason, list[QuarantinedRecord]] = {}
    for record in records:
        groups.setdefault(record.reason, []).append(record)
    largest_first = sorted(groups.items(), key=lambda group: -len(group[1]))
    return [RefusalGroup(reason, len(found), found[:SHOWN_OF_REASON]) for reason, found in largest_first]


def make_preview(raw: bytes) -> str:
    """Return the first bytes as one printable line; bytes that are not printable text are escaped."""
    text = raw[:PREVIEW_BYTES].decode("utf-8", "backslashreplace")
    line = "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in text)
    return line + "…" if len(raw) > PREVIEW_BYTES else line
