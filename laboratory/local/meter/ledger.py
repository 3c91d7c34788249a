"""Reads the simulator's ledger while it is written: the records and bookings that were accepted."""

from pathlib import Path

import msgspec

BOOKING = "booking"


class LedgerLine(msgspec.Struct, frozen=True):
    """Accepted record or booking; `shard` and `sequence` are a record's place in the stream."""

    kind: str
    shipment_id: str | None = None
    vehicle_id: str | None = None
    event_id: str | None = None
    device_id: str | None = None
    device_seq: int | None = None
    shard: str | None = None
    sequence: str | None = None
    tracking_url: str | None = None

    @property
    def subject(self) -> str:
        """Return the partition key of the tracking table that the record belongs to."""
        return self.shipment_id or f"vehicle#{self.vehicle_id}"

    @property
    def name(self) -> tuple[str, str] | None:
        """Return subject and id, or None; a repeat has the name of its original.

        The id is the event id, else device and sequence number; a booking's is `BOOKING`.
        """
        if self.kind == BOOKING:
            return self.subject, BOOKING
        if self.event_id:
            return self.subject, self.event_id
        return (self.subject, f"{self.device_id}/{self.device_seq}") if self.device_id else None


_decode = msgspec.json.Decoder(LedgerLine).decode


class LedgerReader:
    """Follows the ledger from its beginning; an incomplete last line is left for the next call."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def read_new(self) -> list[LedgerLine]:
        """Return the complete lines written since the last call, oldest first."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as ledger:
            ledger.seek(self._offset)
            whole, newline, _ = ledger.read().rpartition(b"\n")
        self._offset += len(whole) + len(newline)
        return [_decode(line) for line in whole.splitlines()]
