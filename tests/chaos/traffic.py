"""Producer of records: parcels with reports that are sometimes repeated, reordered or unreadable."""

import json
import random
import threading
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.chaos.ledger import Ledger
from tracking.ports import EventStream

# Reports of a parcel in order: a status, or None for a plain ping.
JOURNEY = (
    "picked_up",
    "in_transit",
    None,
    None,
    "in_transit",
    None,
    None,
    "out_for_delivery",
    None,
    "attempt_failed",
    None,
    "out_for_delivery",
    None,
    "delivered",
)
PARCELS = 40
REPEATED, REORDERED, POISON = 0.01, 0.05, 0.001
# Range of the clock errors of devices; more than five minutes ahead would be refused.
SKEW_S = (-600, 240)
TICK_S = 0.1
Record = tuple[str, bytes]


class Parcel:
    """Parcel with its reports, in the order they are sent."""

    def __init__(self, shipment_id: str, chance: random.Random) -> None:
        self.shipment_id = shipment_id
        self._chance = chance
        self._skew = timedelta(seconds=chance.uniform(*SKEW_S))
        self._count = 0
        self._delayed: Record | None = None

    @property
    def is_over(self) -> bool:
        """Return whether it has sent all its reports."""
        return self._count >= len(JOURNEY) and self._delayed is None

    def report(self) -> list[Record]:
        """Return the next reports: usually one, none if it is held back, two after that or for a repeat."""
        if self._count >= len(JOURNEY):
            delayed, self._delayed = self._delayed, None
            return [delayed] if delayed else []
        record = self.shipment_id, self._make_report(JOURNEY[self._count])
        self._count += 1
        if self._delayed is not None:
            delayed, self._delayed = self._delayed, None
            return [record, delayed]
        if self._chance.random() < REORDERED:
            self._delayed = record
            return []
        return [record, record] if self._chance.random() < REPEATED else [record]

    def _make_report(self, status: str | None) -> bytes:
        payload: dict[str, Any] = {
            "event_id": f"{self.shipment_id}-{self._count}",
            "shipment_id": self.shipment_id,
            "timestamp": (datetime.now(UTC) + self._skew).isoformat(),
            "lat": 12.0 + self._chance.random(),
            "lon": 77.0 + self._chance.random(),
        }
        return json.dumps(payload | ({"status": status} if status else {})).encode()


class LedgerStream(EventStream):
    """Puts records on the stream until they are accepted, and lists each in the ledger."""

    def __init__(self, endpoint: str, region: str, stream: str, ledger: Ledger) -> None:
        self._kinesis = boto3.client(
            "kinesis",
            endpoint_url=endpoint,
            region_name=region,
            config=Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1}),
        )
        self._stream = stream
        self._ledger = ledger

    def put(self, records: Sequence[Record]) -> list[str | None]:
        """Put (key, bytes) records; refused ones are put again, so that all are accepted on return."""
        waiting = list(records)
        while waiting:
            try:
                answers = self._kinesis.put_records(
                    StreamName=self._stream,
                    Records=[{"PartitionKey": key, "Data": raw} for key, raw in waiting],
                )["Records"]
            except (BotoCoreError, ClientError):
                # It may have been accepted nevertheless; then it is there twice, as with any producer.
                time.sleep(0.2)
                continue
            refused = self._ledger.add(waiting, answers)
            waiting = [waiting[index] for index in refused]
        return [None] * len(records)


class Traffic(threading.Thread):
    """Puts `rate` records per second until it is stopped."""

    def __init__(self, stream: LedgerStream, rate: float, booked: list[str], seed: int) -> None:
        """`booked` are shipments whose booking is already on the stream; they are used first."""
        super().__init__(name="traffic", daemon=True)
        self._stream = stream
        self._rate = rate
        self._chance = random.Random(seed)
        self._ids = iter([*booked, *(f"chaos-{seed}-{number}" for number in range(100_000))])
        self._parcels = [self._next_parcel() for _ in range(PARCELS)]
        self._stopping = threading.Event()
        self._poison_count = 0

    def stop(self) -> None:
        """Stop after the current batch is put."""
        self._stopping.set()
        self.join()

    def run(self) -> None:
        """Put small batches at the given rate."""
        began_at, sent = time.monotonic(), 0
        reports = self._generate_reports()
        while not self._stopping.wait(TICK_S):
            due = int((time.monotonic() - began_at) * self._rate) - sent
            # After an outage the rate continues from now; reports that were not sent are skipped.
            due, sent = min(due, int(self._rate)), sent + due
            if due > 0:
                self._stream.put([next(reports) for _ in range(due)])

    def _generate_reports(self) -> Iterator[Record]:
        while True:
            index = self._chance.randrange(len(self._parcels))
            yield from self._parcels[index].report()
            if self._parcels[index].is_over:
                self._parcels[index] = self._next_parcel()
            if self._chance.random() < POISON or not self._poison_count:
                self._poison_count += 1
                yield f"poison-{self._poison_count}", b"\xff poison %d" % self._poison_count

    def _next_parcel(self) -> Parcel:
        return Parcel(next(self._ids), self._chance)
