"""Stream records for tests, with the ids and times of a real stream."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from tracking.provenance import is_signed, sign_record
from workers.ports import StreamRecord
from workers.stream_positions import make_stream_position

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def encode_report(report: dict[str, Any]) -> bytes:
    """Return the JSON of a report, signed where it names one of our own processes as its source."""
    raw = json.dumps(report).encode()
    return raw if report.get("source", "device") == "device" else sign_record(raw)


def decode_record(raw: bytes) -> dict[str, Any]:
    """Return the fields of a record that one of our own processes has put on the stream, without its code."""
    assert is_signed(raw)
    fields: dict[str, Any] = json.loads(raw)
    del fields["mac"]
    return fields


def make_record(
    number: int, raw: bytes = b"{}", shard: int = 0, arrived_at: datetime | None = None
) -> StreamRecord:
    """Return a record with this sequence number; by default it arrived that many seconds after noon."""
    return StreamRecord(
        raw=raw,
        arrived_at=arrived_at or NOON + timedelta(seconds=number),
        source=f"1790000000/shardId-{shard:012d}",
        stream_position=make_stream_position(str(number)),
        sequence=str(number),
    )
