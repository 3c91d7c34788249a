"""The same handling for every peer: the product's own line, given one record at a time."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "swiftlogix.settings")

import django

django.setup()

from laboratory.bench.peers.plain import wire_plainly
from workers.line.process import process
from workers.ports import StreamRecord
from workers.stream_positions import make_stream_position

SOURCE = "1767225600/shardId-000000000000"
# For those who hand over bytes and nothing else: each record gets the next stream position.
_stream_positions = count(1)
_ports = wire_plainly()


def make_record(raw: bytes, sequence: str | None = None, arrived_at: datetime | None = None) -> StreamRecord:
    """The record as our line takes it; what the peer does not tell is made up."""
    sequence = sequence or str(next(_stream_positions))
    return StreamRecord(
        raw, arrived_at or datetime.now(UTC), SOURCE, make_stream_position(sequence), sequence
    )


def handle(records: Sequence[StreamRecord]) -> None:
    """Decode, enrich, record, publish and push these records."""
    process(records, *_ports)
