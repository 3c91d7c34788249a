"""A rehearsal: decode, enrich, record and learn, by the product's own code, with memory behind the ports."""

import os
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import redirect_stdout
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

from laboratory.evaluation.warnings import ShipmentOutcome, trace_outcome
from laboratory.rehearsal.desk import Desk
from laboratory.rehearsal.tape import Entry
from tracking.adapters.memory import MemoryShipmentStore
from tracking.adapters.memory_lanes import MemoryLaneStatisticsStore
from tracking.adapters.memory_live import MemoryLivePush
from tracking.adapters.memory_stream import MemoryEventStream
from tracking.adapters.memory_vehicles import MemoryVehicleStore
from tracking.domain.events import Change, HubPoint
from tracking.eta.forecast import Forecast
from tracking.eta.lanes import LaneStatistics, Statistic
from tracking.ports import TrackingPorts
from tracking.services.prediction.learning import learn_legs
from tracking.services.prediction.promise_watch import DUE_WITHIN, SHIPMENTS_A_READ, look_at_shipments
from tracking.services.recording.outgoing import make_record
from workers.adapters.memory import MemoryBus, MemoryQuarantine, MemoryQueues
from workers.adapters.memory_leases import MemoryLeases
from workers.adapters.memory_stream import MemoryStream
from workers.line.decode import decode
from workers.line.parcels_aboard import check_vehicles
from workers.line.process import record_scans
from workers.places.index import OfflinePlaces
from workers.ports import StreamRecord, WorkerPorts
from workers.vehicle_checks import VehicleChecks

# Records of so long are taken together, as a worker that reads once a second would take far fewer.
BATCH = timedelta(seconds=20)
# Beat sends the clock's sweep so often.
SWEEP_EVERY = timedelta(minutes=5)


class OpenBook(Mapping[str, Statistic]):
    """Lane statistics as they stand at this very moment, without a cache in between."""

    def __init__(self, lanes: MemoryLaneStatisticsStore) -> None:
        self._lanes = lanes

    def read(self, _keys: Iterable[Collection[str]]) -> LaneStatistics:
        """Return the statistics as they stand now."""
        return self

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
        self.lanes = MemoryLaneStatisticsStore()
        self.quarantined = 0
        # What looks from vehicles have made of a shipment's chance, which no timeline keeps.
        self._chances: dict[str, list[tuple[datetime, float]]] = defaultdict(list)
        self._stream = MemoryEventStream()
        vehicles = MemoryVehicleStore()
        self._desk = Desk(hubs, vehicles)
        self._tracking = TrackingPorts(self.store, self._stream, MemoryLivePush(), vehicles, lanes=self.lanes)
        self._workers = WorkerPorts(
            stream=MemoryStream(),
            leases=MemoryLeases(),
            quarantine=MemoryQuarantine(),
            bus=MemoryBus(),
            queues=MemoryQueues([]),
            places=OfflinePlaces(),
            lanes=OpenBook(self.lanes),
            vehicle_checks=VehicleChecks(self._note),
        )
        self._number = 0
        self._swept_at: datetime | None = None

    def play(self, tape: Iterable[Entry]) -> None:
        """Take everything on the tape through the line, in order, each batch at its own moment."""
        # The line's metrics and logs are for those who run it, and tell of another clock here.
        with Path(os.devnull).open("w") as nowhere, redirect_stdout(nowhere):
            for _, entries in groupby(tape, key=_name_batch):
                told = list(entries)
                now = told[-1].put_at
                records = [record for entry in told for record in self._receive(entry)]
                self._take([*self._take_own(told[0].put_at), *records], now)
                self._sweep(now)

    def tell_stories(self) -> list[ShipmentOutcome]:
        """What became of every shipment that was promised and tried."""
        states = self.store.read_states(list(self._desk.booked))
        stories = (
            trace_outcome(state, self.store.read_timeline(name), self._chances.get(name, ()))
            for name, state in states.items()
        )
        return [story for story in stories if story is not None]

    def _receive(self, entry: Entry) -> Iterator[StreamRecord]:
        if entry.kind == "record":
            yield self._number_record(entry.raw, entry.put_at)
            return
        for raw in self._desk.take(entry.kind, entry.body, entry.put_at):
            yield self._number_record(raw, entry.put_at)

    def _take_own(self, now: datetime) -> list[StreamRecord]:
        """What the product itself has put on the stream since the last batch."""
        own, self._stream.records = self._stream.records, []
        return [self._number_record(raw, now) for _, raw in own]

    def _number_record(self, raw: bytes, at: datetime) -> StreamRecord:
        self._number += 1
        number = f"{self._number:020d}"
        return StreamRecord(raw, at, "1/tape", number, number)

    def _take(self, records: list[StreamRecord], now: datetime) -> None:
        scans, refusals = decode(records)
        self.quarantined += len(refusals)
        recorded = record_scans(scans, self._tracking, self._workers, now)
        check_vehicles(recorded.vehicles, self._tracking, self._workers)
        finished = (change.finished_leg for change in _flatten(recorded.changes))
        learn_legs(self.lanes, [leg for leg in finished if leg is not None])

    def _sweep(self, now: datetime) -> None:
        """What the clock's task does: look at what is due within a day or past, and not tried yet."""
        if self._swept_at is not None and now - self._swept_at < SWEEP_EVERY:
            return
        self._swept_at = now
        due = [name for name, to in self._desk.booked.items() if to < now + DUE_WITHIN]
        for start in range(0, len(due), SHIPMENTS_A_READ):
            payloads = look_at_shipments(self._tracking, due[start : start + SHIPMENTS_A_READ], now)
            self._stream.put([make_record(payload) for payload in payloads])

    def _note(self, shipment_id: str, expected: Forecast, at: datetime) -> None:
        if expected.lateness_risk is not None:
            self._chances[shipment_id].append((at, expected.lateness_risk.p_late))


def _name_batch(entry: Entry) -> int:
    return int(entry.put_at.timestamp() // BATCH.total_seconds())


def _flatten(changes: Iterable[Change]) -> Iterator[Change]:
    for change in changes:
        yield change
        yield from change.also
