"""Ledger of the records that the stream has accepted, written by the producer."""

import json
import threading
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple


class Entry(NamedTuple):
    """Accepted record; `shipment_id` is None for an unreadable one."""

    raw: bytes
    shipment_id: str | None
    shard_id: str
    sequence: str
    accepted_at: datetime

    @property
    def payload(self) -> dict[str, Any]:
        """Return the reported fields."""
        return dict(json.loads(self.raw))


class Ledger:
    """Accepted records in order; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: list[Entry] = []
        self.booked: set[str] = set()

    def add(self, records: Sequence[tuple[str, bytes]], answers: Sequence[dict[str, Any]]) -> list[int]:
        """Add the accepted records; return the indexes of the refused ones."""
        now, refused = datetime.now(UTC), []
        with self._lock:
            for index, ((key, raw), answer) in enumerate(zip(records, answers, strict=True)):
                if answer.get("ErrorCode"):
                    refused.append(index)
                    continue
                shipment_id = None if key.startswith("poison") else key
                self._entries.append(
                    Entry(raw, shipment_id, answer["ShardId"], answer["SequenceNumber"], now)
                )
        return refused

    def read(self) -> list[Entry]:
        """Return all records accepted so far."""
        with self._lock:
            return list(self._entries)

    def group_by_shipment(self) -> dict[str, list[Entry]]:
        """Return the accepted records by shipment."""
        found: dict[str, list[Entry]] = defaultdict(list)
        for entry in self.read():
            if entry.shipment_id is not None:
                found[entry.shipment_id].append(entry)
        return dict(found)

    def count_between(self, shard_id: str, after: int, upto: int) -> int:
        """Count a shard's records after one sequence number and up to another."""
        return sum(after < int(entry.sequence) <= upto for entry in self.read() if entry.shard_id == shard_id)
