"""Handles the records of every peer in the same way: by the product's own pipeline with plain adapters."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import count

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "swiftlogix.settings")

import django

django.setup()

from laboratory.bench.peers.plain import wire_plain_adapters
from workers.line.process import process
from workers.ports import StreamRecord
from workers.stream_positions import make_stream_position

SOURCE = "1767225600/shardId-000000000000"
# For peers that hand over only bytes: each record gets the next sequence number.
_sequence_numbers = count(1)
_ports = wire_plain_adapters()


def make_record(raw: bytes, sequence: str | None = None, arrived_at: datetime | None = None) -> StreamRecord:
    """Make a record for the pipeline; a missing sequence number or arrival time is made up."""
    sequence = sequence or str(next(_sequence_numbers))
    return StreamRecord(
        raw, arrived_at or datetime.now(UTC), SOURCE, make_stream_position(sequence), sequence
    )


def handle(records: Sequence[StreamRecord]) -> None:
    """Decode, enrich, record, publish and push these records."""
    process(records, *_ports)
