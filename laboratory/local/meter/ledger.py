"""Reads the fleet's ledger while it is being written: what the stream and the API have really accepted."""

from pathlib import Path

import msgspec

BOOKING = "booking"


class LedgerLine(msgspec.Struct, frozen=True):
    """One accepted record or booking; `shard` and `sequence` say where the stream keeps a record."""

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
        """What the record is about, as the table's partition key names it."""
        return self.shipment_id or f"vehicle#{self.vehicle_id}"

    @property
    def name(self) -> tuple[str, str] | None:
        """Subject and id, where there is one that a repeat carries again; a booking's is that it is one."""
        if self.kind == BOOKING:
            return self.subject, BOOKING
        if self.event_id:
            return self.subject, self.event_id
        return (self.subject, f"{self.device_id}/{self.device_seq}") if self.device_id else None


_decode = msgspec.json.Decoder(LedgerLine).decode


class LedgerReader:
    """Follows the ledger from its beginning; a line that is not whole yet waits for the next look."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def read_new(self) -> list[LedgerLine]:
        """The lines written since the last call, oldest first."""
        if not self._path.exists():
            return []
        with self._path.open("rb") as ledger:
            ledger.seek(self._offset)
            whole, newline, _ = ledger.read().rpartition(b"\n")
        self._offset += len(whole) + len(newline)
        return [_decode(line) for line in whole.splitlines()]
