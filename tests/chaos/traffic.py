"""The producer: parcels that report as real ones do, some twice, some late, some nonsense."""

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

# What a parcel reports, a third of it with a new status; words between are plain pings.
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
# Devices' clocks are wrong by up to so much; more than five minutes ahead would be refused.
SKEW_S = (-600, 240)
TICK_S = 0.1
Record = tuple[str, bytes]


class Parcel:
    """One parcel on its way: what it will report, in the order it will be sent."""

    def __init__(self, shipment_id: str, chance: random.Random) -> None:
        self.shipment_id = shipment_id
        self._chance = chance
        self._skew = timedelta(seconds=chance.uniform(*SKEW_S))
        self._count = 0
        self._held_back: Record | None = None

    @property
    def is_over(self) -> bool:
        """Whether it has reported all it will."""
        return self._count >= len(JOURNEY) and self._held_back is None

    def report(self) -> list[Record]:
        """The next reports: one, none when it is held back, two when it comes after its successor."""
        if self._count >= len(JOURNEY):
            held, self._held_back = self._held_back, None
            return [held] if held else []
        record = self.shipment_id, self._make_report(JOURNEY[self._count])
        self._count += 1
        if self._held_back is not None:
            held, self._held_back = self._held_back, None
            return [record, held]
        if self._chance.random() < REORDERED:
            self._held_back = record
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
    """Puts records on the stream until they are accepted, and writes each of them down."""

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
        """Put (key, bytes) records; what is refused is put again, so all of them are accepted on return."""
        waiting = list(records)
        while waiting:
            try:
                answers = self._kinesis.put_records(
                    StreamName=self._stream,
                    Records=[{"PartitionKey": key, "Data": raw} for key, raw in waiting],
                )["Records"]
            except (BotoCoreError, ClientError):
                # Perhaps it was accepted all the same: then it is there twice, as with any producer.
                time.sleep(0.2)
                continue
            refused = self._ledger.note(waiting, answers)
            waiting = [waiting[index] for index in refused]
        return [None] * len(records)


class Traffic(threading.Thread):
    """Keeps `rate` records a second coming until it is told to stop."""

    def __init__(self, stream: LedgerStream, rate: float, booked: list[str], seed: int) -> None:
        """`booked` are shipments whose booking is on the stream already; they travel first."""
        super().__init__(name="traffic", daemon=True)
        self._stream = stream
        self._rate = rate
        self._chance = random.Random(seed)
        self._ids = iter([*booked, *(f"chaos-{seed}-{number}" for number in range(100_000))])
        self._parcels = [self._next_parcel() for _ in range(PARCELS)]
        self._stopping = threading.Event()
        self._poisoned = 0

    def stop(self) -> None:
        """Let no more come; what is on its way is put."""
        self._stopping.set()
        self.join()

    def run(self) -> None:
        """One little batch after the other, as long as the rate asks for them."""
        began_at, sent = time.monotonic(), 0
        reports = self._report()
        while not self._stopping.wait(TICK_S):
            due = int((time.monotonic() - began_at) * self._rate) - sent
            # After an outage the rate goes on from now: what was not sent was never reported.
            due, sent = min(due, int(self._rate)), sent + due
            if due > 0:
                self._stream.put([next(reports) for _ in range(due)])

    def _report(self) -> Iterator[Record]:
        while True:
            index = self._chance.randrange(len(self._parcels))
            yield from self._parcels[index].report()
            if self._parcels[index].is_over:
                self._parcels[index] = self._next_parcel()
            if self._chance.random() < POISON or not self._poisoned:
                self._poisoned += 1
                yield f"poison-{self._poisoned}", b"\xff poison %d" % self._poisoned

    def _next_parcel(self) -> Parcel:
        return Parcel(next(self._ids), self._chance)
