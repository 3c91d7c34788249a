"""A rehearsal: decode, enrich, record and learn, by the product's own code, with memory behind the ports."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import redirect_stdout
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from swiftlogix.rehearsal.tape import Entry
from tracking.adapters.memory import MemoryShipmentStore
from tracking.adapters.memory_lanes import MemoryLaneStatistics
from tracking.adapters.memory_live import MemoryLivePush
from tracking.adapters.memory_stream import MemoryEventStream
from tracking.adapters.memory_vehicles import MemoryVehicleStore
from tracking.domain.events import Booking, Change, HubPoint, Lane, Window
from tracking.domain.lanes import LaneBook, Statistic
from tracking.domain.payload import ScanPayload
from tracking.ports import TrackingPorts
from tracking.services.lateness import Story, tell_story
from tracking.services.learning import learn_legs
from tracking.services.outgoing import make_record
from workers.adapters.memory import MemoryBus, MemoryQuarantine, MemoryQueues
from workers.adapters.memory_leases import MemoryLeases
from workers.adapters.memory_stream import MemoryStream
from workers.decode import decode
from workers.pipeline import record
from workers.places.index import OfflinePlaces
from workers.ports import StreamRecord, WorkerPorts

T = TypeVar("T")
PARTNER = "prt_rehearsal"
# Records of so long are taken together, as a worker that reads once a second would take far fewer.
BATCH = timedelta(seconds=20)


class OpenBook(Mapping[str, Statistic]):
    """Lane statistics as they stand at this very moment, without a cache in between."""

    def __init__(self, lanes: MemoryLaneStatistics) -> None:
        self._lanes = lanes

    def consult(self, work: Callable[[LaneBook], T]) -> T:
        """What `work` makes of the book."""
        return work(self)

    def __getitem__(self, key: str) -> Statistic:
        return self._lanes.read([key])[key].statistic

    def __iter__(self) -> Iterator[str]:
        raise NotImplementedError

    def __len__(self) -> int:
        raise NotImplementedError


class Rehearsal:
    """One run of a tape; `hubs` are those that its bookings name."""

    def __init__(self, hubs: Mapping[str, HubPoint]) -> None:
        self.store = MemoryShipmentStore()
        self.lanes = MemoryLaneStatistics()
        self.quarantined = 0
        self._hubs = hubs
        self._booked: dict[str, None] = {}
        stream = MemoryStream()
        self._tracking = TrackingPorts(
            self.store, MemoryEventStream(), MemoryLivePush(), MemoryVehicleStore(), lanes=self.lanes
        )
        self._workers = WorkerPorts(
            stream=stream,
            leases=MemoryLeases(),
            quarantine=MemoryQuarantine(),
            bus=MemoryBus(),
            queues=MemoryQueues([]),
            places=OfflinePlaces(),
            lanes=OpenBook(self.lanes),
        )
        self._number = 0

    def play(self, tape: Iterable[Entry]) -> None:
        """Take everything on the tape through the line, in order, each batch at its own moment."""
        # The line's metrics and logs are for those who run it, and tell of another clock here.
        with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
            for _, entries in groupby(tape, key=_name_batch):
                records = [self._receive(entry) for entry in entries if entry.kind != "manifest"]
                if records:
                    self._take(records, records[-1].arrived_at)

    def tell_stories(self) -> list[Story]:
        """What became of every shipment that was promised and tried."""
        states = self.store.read_states(list(self._booked))
        stories = (tell_story(state, self.store.read_timeline(name)) for name, state in states.items())
        return [story for story in stories if story is not None]

    def _receive(self, entry: Entry) -> StreamRecord:
        raw = entry.raw if entry.kind == "record" else self._book(entry.body, entry.put_at)
        self._number += 1
        number = f"{self._number:020d}"
        return StreamRecord(raw, entry.put_at, "1/tape", number, number)

    def _take(self, records: list[StreamRecord], now: datetime) -> None:
        scans, refusals = decode(records)
        self.quarantined += len(refusals)
        recorded = record(scans, self._tracking, self._workers, now)
        finished = (change.finished_leg for change in _flatten(recorded.changes))
        learn_legs(self.lanes, [leg for leg in finished if leg is not None])

    def _book(self, body: Mapping[str, Any], put_at: datetime) -> bytes:
        """The record that the partner API puts on the stream for a booking."""
        self._booked[body["shipment_id"]] = None
        promised = msgspec.convert(body["promised"], Window)
        booking = Booking(
            promised=promised,
            lane=Lane(self._hubs[body["origin_hub"]], self._hubs[body["destination_hub"]]),
            destination_pin=body["recipient"]["pin_code"],
            planned_minutes=body.get("planned_minutes"),
        )
        payload = ScanPayload(
            shipment_id=body["shipment_id"],
            status="created",
            event_id=f"booked-{self._number}",
            timestamp=put_at.isoformat(),
            source="api",
            partner_id=PARTNER,
            booking=booking,
        )
        return make_record(payload)[1]


def _name_batch(entry: Entry) -> int:
    return int(entry.put_at.timestamp() // BATCH.total_seconds())


def _flatten(changes: Iterable[Change]) -> Iterator[Change]:
    for change in changes:
        yield change
        yield from change.also
