"""Reports of a load test: made from their number, with the moment at which each was meant to be sent."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from laboratory.bench.inputs import RECORD_BYTES
from tracking.domain.events import format_time

# One report in so many is a scan at a hub, which is a change; the others are positions.
SCAN_EVERY = 20
SCANS = ("arrived_hub", "departed_hub")
# Where shipments begin, degrees (lat, lon), and how far they move in a second: about 40 km/h.
BEGIN, SPREAD, DEGREES_A_SECOND = (12.9, 77.5), 0.2, 0.0001


class Planned(NamedTuple):
    """Report that is to be sent; `due_at` is the moment, which is also the time that the report tells."""

    shipment_id: str
    due_at: datetime
    raw: bytes


class Schedule(NamedTuple):
    """Reports of shipments in turn, `rate` in a second for so many seconds."""

    shipment_ids: Sequence[str]
    begins_at: datetime
    rate: int
    seconds: int

    def list_batches(self, tick_s: float) -> Iterator[list[Planned]]:
        """Yield the reports that are due in each tick, in order."""
        total = self.rate * self.seconds
        begin = 0
        for tick in range(1, round(self.seconds / tick_s) + 1):
            end = min(total, round(tick * tick_s * self.rate))
            yield [self._plan(number) for number in range(begin, end)]
            begin = end

    def _plan(self, number: int) -> Planned:
        turn, place = divmod(number, len(self.shipment_ids))
        due_at = _find_due(self.begins_at, number, self.rate)
        shipment_id = self.shipment_ids[place]
        moved = DEGREES_A_SECOND * number / self.rate
        fields = {
            "shipment_id": shipment_id,
            "status": "in_transit",
            "lat": round(BEGIN[0] + SPREAD * place / len(self.shipment_ids) + moved, 6),
            "lon": round(BEGIN[1] + moved, 6),
            "timestamp": format_time(due_at),
            "device_id": f"{shipment_id}-GPS",
            "device_seq": turn + 1,
            "speed_kmh": 40.0,
            "accuracy_m": 8.0,
        }
        if turn % SCAN_EVERY == 0:
            fields["substatus"] = SCANS[turn // SCAN_EVERY % len(SCANS)]
        return Planned(shipment_id, due_at, _fill(fields))


def make_deliveries(shipment_ids: Iterable[str], begins_at: datetime, rate: int) -> list[Planned]:
    """Return a last report of each shipment, `rate` in a second: it is delivered, so nobody waits for it."""
    fields = {"status": "delivered", "substatus": "to_recipient"}
    moments = ((key, _find_due(begins_at, number, rate)) for number, key in enumerate(shipment_ids))
    return [
        Planned(
            key,
            moment,
            json.dumps(fields | {"shipment_id": key, "timestamp": format_time(moment)}).encode(),
        )
        for key, moment in moments
    ]


def _find_due(begins_at: datetime, number: int, rate: int) -> datetime:
    """Return when a report is due, in whole milliseconds after the begin."""
    return begins_at + timedelta(milliseconds=round(number * 1000 / rate))


def _fill(fields: dict[str, object]) -> bytes:
    """Return the JSON of a report as long as those of devices, which have fields that the product ignores."""
    raw = json.dumps(fields)
    missing = RECORD_BYTES - len(raw) - len(', "firmware": ""')
    return json.dumps(fields | {"firmware": "x" * missing}).encode() if missing > 0 else raw.encode()
