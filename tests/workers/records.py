"""Stream records for tests, with the ids and times of a real stream."""

from datetime import UTC, datetime, timedelta

from workers.ports import StreamRecord
from workers.stream_positions import make_stream_position

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


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
